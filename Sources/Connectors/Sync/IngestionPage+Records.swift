import PulseModel
import Store

extension IngestionPage {
    /// Rows by table, and the kinds that have none of the fifteen.
    var rowCounts: [String: Int] {
        let counts: KeyValuePairs<String, Int> = [
            EntityTable.projects.rawValue: self.projects.count, EntityTable.wits.rawValue: self.workItemTypes.count,
            EntityTable.statuses.rawValue: self.statuses.count, EntityTable.workItems.rawValue: self.workItems.count,
            EntityTable.changelogs.rawValue: self.changelogs.count, EntityTable.links.rawValue: self.links.count,
            EntityTable.repositories.rawValue: self.repositories.count,
            EntityTable.pullRequests.rawValue: self.pullRequests.count, EntityTable.commits.rawValue: self.commits.count,
            EntityTable.reviews.rawValue: self.reviews.count, EntityTable.comments.rawValue: self.comments.count,
            "boards": self.boards.count, "sprints": self.sprints.count, "deployments": self.deployments.count,
            "releases": self.releases.count,
            "branch_commits": self.branchCommits.count,
            "deletions": self.deletions.count + self.removedBoards.count + self.removedSprints.count
                + self.removedReleases.count,
            "rejected": self.rejected.count,
        ]
        return Dictionary(uniqueKeysWithValues: counts.filter { $0.value > 0 }.map { ($0.key, $0.value) })
    }

    var isEmpty: Bool {
        self.rowCounts.isEmpty && self.mentions.isEmpty && self.completeSets.isEmpty && self.completePanels.isEmpty
            && self.raw.isEmpty
    }

    /// Decodes one record; what cannot be taken becomes a rejected record, and the page goes on.
    ///
    /// - Returns: the decoded value; nil where it was rejected.
    mutating func taking<T>(
        _ kind: String,
        _ identity: @autoclosure () -> String,
        _ decode: () throws(RecordProblem) -> T
    ) -> T? {
        do {
            return try decode()
        } catch {
            self.rejected.append(RejectedRecord(kind: kind, identity: identity(), reason: error.reason))
            return nil
        }
    }

    /// Keeps the object as it came.
    ///
    /// - Parameter parent: what it belongs to, where the object itself does not say so: see ``RawRecord/parent``.
    mutating func keep(_ kind: String, _ stableID: String, of parent: String? = nil, _ record: JSONValue) {
        self.raw.append(RawRecord(kind: kind, stableID: stableID, parent: parent, body: record.serialized))
    }

    /// Adds a person once.
    mutating func add(_ user: SourceUser?) {
        guard let user, !self.users.contains(where: { $0.id == user.id }) else { return }
        self.users.append(user)
    }
}
