import Store

/// What one delivery of a webhook tells.
struct WebhookReading: Sendable {
    /// Rows, deletions and raw records; nil where it tells nothing that Pulse keeps.
    var page: IngestionPage?
    /// What the delivery names but does not show, and what is therefore asked for.
    var refreshes: [WebhookRefresh] = []
    /// Why it is ignored, or what a person should know.
    var note: String?

    static func ignored(_ note: String) -> WebhookReading { WebhookReading(page: nil, note: note) }
}

/// Something to read anew because an event says that it has changed.
public enum WebhookRefresh: Sendable, Equatable {
    /// Its commits and reviews, which deliveries do not hold.
    case pullRequest(repositoryID: String, repository: String, number: Int)
    /// A Jira issue with its history.
    case issue(id: String)
}

/// A delivery that cannot be read.
struct WebhookProblem: Error {
    var reason: String
}
