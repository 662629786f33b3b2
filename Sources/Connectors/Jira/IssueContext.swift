/// What the pages of issues need to know of the site, and what they learn on the way.
final class IssueContext {
    var fields: JiraFields
    var known: KnownLists
    /// Set where the site has no development panel, or none for this account.
    var hasNoDevelopmentPanel = false
    /// Set once it has answered.
    var hasDevelopmentPanel = false
    /// Set where the site cannot send histories in bulk.
    var hasNoBulkHistories = false

    init(fields: JiraFields, projects: Set<String>?, configuration: (types: Set<String>, statuses: Set<String>)?) {
        self.fields = fields
        self.known = KnownLists(projects: projects, types: configuration?.types, statuses: configuration?.statuses)
    }
}
