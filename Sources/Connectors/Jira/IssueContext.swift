/// What the pages of issues need to know of the site, and what they learn on the way.
final class IssueContext {
    var fields: JiraFields
    /// Ids of the projects, types and statuses that stand; nil where their list could not be read, so that a poorer copy out of
    /// an issue never overwrites the list's own.
    var projects: Set<String>?
    var types: Set<String>?
    var statuses: Set<String>?
    /// Set where the site has no development panel, or none for this account.
    var hasNoDevelopmentPanel = false
    /// Set once it has answered.
    var hasDevelopmentPanel = false
    /// Set where the site cannot send histories in bulk.
    var hasNoBulkHistories = false

    init(fields: JiraFields, projects: Set<String>?, configuration: (types: Set<String>, statuses: Set<String>)?) {
        self.fields = fields
        self.projects = projects
        self.types = configuration?.types
        self.statuses = configuration?.statuses
    }
}
