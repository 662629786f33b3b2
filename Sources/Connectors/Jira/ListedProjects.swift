/// What a site's list says of the projects that are read.
struct ListedProjects: Sendable {
    /// Of those that were stored.
    var ids: Set<String>
    /// In the order of the list.
    var keys: [String]
    /// Projects that are named by a key that they no longer have, with the present one.
    var renamed: [String: String] = [:]
    /// Keys that are named, and of which the account sees no project.
    var absent: [String] = []
}
