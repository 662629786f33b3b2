import Foundation
import Store

/// Rows of one table that failed for one reason and are tried again, in the JSON of `GET /api/v1/vectorization/queue`.
struct DelayBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case table, kind, reason, rows
        case nextAt = "next_at"
    }

    var table: String
    var kind: String
    var reason: String?
    var rows: Int
    var nextAt: Date

    init(_ delay: QueueDelay) {
        self.table = delay.table
        self.kind = delay.kind
        self.reason = delay.reason
        self.rows = delay.rows
        self.nextAt = delay.nextAttempt
    }

    static let schema = Schema.object(
        .required("table", .text),
        .required("kind", .text),
        .optional("reason", .text, "What happened and what to do."),
        .required("rows", .count),
        .required("next_at", .instant, "When the first of them is tried again; it may be just now.")
    ).named("Delay")
}
