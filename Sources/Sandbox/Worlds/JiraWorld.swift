import Foundation

/// What the played Jira Cloud site holds.
struct JiraWorld: Sendable {
    struct Issue: Sendable {
        var id: Int
        var key: String
        var projectKey: String
        var created: Instant
        var updated: Instant
        /// The issue without `changelog`.
        var document: Document
        /// Oldest first.
        var histories: DocumentList
        /// Histories that were added after the world was made, oldest first.
        var laterHistories: [JSONValue] = []
        /// Keys that it had before it was moved; they still lead to it.
        var earlierKeys: [String] = []
    }

    struct Board: Sendable {
        var id: Int
        var document: Document
        /// Nil where the board is not a scrum board.
        var sprints: [JSONValue]?
    }

    /// One answer of the development panel.
    struct Development: Sendable {
        var applicationType: String
        var dataType: String
        var detail: DocumentList
    }

    var issues: [Issue] = []
    /// Rises at each change of an issue.
    var revision = 0
    var projects: [Document] = []
    var issueTypes: [Document] = []
    var statuses: [Document] = []
    var fields: [JSONValue] = []
    var boards: [Board] = []
    var users: [JSONValue] = []
    /// By the issue's numeric id.
    var development: [Int: [Development]] = [:]
    /// Whether `changelog/bulkfetch` writes `created` as epoch milliseconds. Jira's API document shows it so, while the same histories
    /// have ISO 8601 texts everywhere else.
    var bulkDatesAreNumbers = true
    /// The time zone in the profile of the calling user, in which date strings of JQL are read.
    var timeZone = "Europe/Berlin"

    /// Offset of that time zone at an instant.
    func offsetMinutes(at instant: Instant) -> Int {
        let zone = TimeZone(identifier: timeZone) ?? .gmt
        return zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000)) / 60
    }
}
