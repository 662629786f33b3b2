import Foundation
import PulseModel
public import Store

/// One failure in the JSON of `GET /api/v1/ai/memory`, and of `pulse ai memory --json`.
public struct RememberedFailureBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, service, fingerprint, occurrences, tried, resolution
        case errorType = "error_type"
        case userIntent = "user_intent"
        case failedQuery = "failed_query"
        case specificIssue = "specific_issue"
        case firstSeenAt = "first_seen_at"
        case lastSeenAt = "last_seen_at"
        case openSince = "open_since"
        case resolvedAfterSeconds = "resolved_after_seconds"
        case resolvedAt = "resolved_at"
        case selfHealed = "self_healed"
        case healedByHand = "healed_by_hand"
    }

    struct Attempt: Encodable {
        enum CodingKeys: String, CodingKey {
            case action, reason, at
            case afterSeconds = "after_seconds"
        }

        var action: String
        var afterSeconds: Double?
        var reason: String
        var at: Date
    }

    var id: Int
    var errorType: String
    var service: String
    var fingerprint: String
    var userIntent: String
    var failedQuery: String
    var specificIssue: String
    var occurrences: Int
    var firstSeenAt: Date
    var lastSeenAt: Date
    var tried: [Attempt]
    var openSince: Date?
    var resolution: String?
    var resolvedAfterSeconds: Double?
    var resolvedAt: Date?
    var selfHealed: Int
    var healedByHand: Int

    public init(_ failure: RememberedFailure) {
        self.id = failure.id
        self.errorType = failure.errorType
        self.service = failure.service
        self.fingerprint = failure.fingerprint
        self.userIntent = failure.intent
        self.failedQuery = failure.failedQuery
        self.specificIssue = failure.issue
        self.occurrences = failure.occurrences
        self.firstSeenAt = failure.firstSeenAt
        self.lastSeenAt = failure.lastSeenAt
        self.tried = failure.tried.map {
            Attempt(action: $0.action, afterSeconds: $0.after, reason: $0.reason, at: $0.at)
        }
        self.openSince = failure.openSince
        self.resolution = failure.resolution
        self.resolvedAfterSeconds = failure.resolvedAfter
        self.resolvedAt = failure.resolvedAt
        self.selfHealed = failure.selfHealed
        self.healedByHand = failure.healedByHand
    }

    static let members: [Schema.Member] = [
        .required("id", .count),
        .required("error_type", .text),
        .required("service", .text, "Who failed: a job, a provider, Qdrant."),
        .required("fingerprint", .text, "The same for failures of one cause."),
        .required("user_intent", .text, "What was being attempted."),
        .required("failed_query", .text, "What was asked of whom."),
        .required("specific_issue", .text),
        .required("occurrences", .count),
        .required("first_seen_at", .instant),
        .required("last_seen_at", .instant),
        .required(
            "tried",
            .list(
                of: .object(
                    .required("action", .text),
                    .optional("after_seconds", .number),
                    .required("reason", .text),
                    .required("at", .instant)
                )
            ),
            "What was done about it, the newest last."
        ),
        .optional("open_since", .instant, "Absent where it is over."),
        .optional("resolution", .text, "What ended it the last time."),
        .optional("resolved_after_seconds", .number, "How long it then lasted."),
        .optional("resolved_at", .instant),
        .required("self_healed", .count, "How often it passed without anybody's doing."),
        .required("healed_by_hand", .count, "How often somebody had to mend something."),
    ]

    static let schema = Schema.object(Self.members).named("RememberedFailure")
}
