import PulseModel
import Store

/// Ids of the projects, types and statuses that stand; nil where their list could not be read, so that a poorer copy out of an issue
/// never overwrites the list's own.
struct KnownLists: Sendable {
    var projects: Set<String>?
    var types: Set<String>?
    var statuses: Set<String>?

    /// Takes the project, type and status that an issue carries where the lists did not hold them, such as a status that no active
    /// workflow uses any more: no issue shall point nowhere.
    mutating func learn(from fields: JSONValue, site: String, into page: inout IngestionPage) {
        if let id = fields["project"]["id"].identifier, self.projects?.contains(id) == false,
            let project = try? JiraRecords.project(fields["project"], site: site)
        {
            self.projects?.insert(id)
            page.projects.append(project)
        }
        if let id = fields["issuetype"]["id"].identifier, self.types?.contains(id) == false,
            let type = try? JiraRecords.type(fields["issuetype"])
        {
            self.types?.insert(id)
            page.workItemTypes.append(type)
        }
        if let id = fields["status"]["id"].identifier, self.statuses?.contains(id) == false,
            let status = try? JiraRecords.status(fields["status"])
        {
            self.statuses?.insert(id)
            page.statuses.append(status)
        }
    }
}
