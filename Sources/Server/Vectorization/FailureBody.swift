import Foundation
import Store

/// One given-up row in the JSON of `GET /api/v1/vectorization/failures`.
struct FailureBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case table, kind, reason, attempts
        case externalID = "external_id"
        case lastAttempt = "last_attempt"
    }

    var table: String
    var externalID: String
    var kind: String?
    var reason: String?
    var attempts: Int
    var lastAttempt: Date?

    init(_ letter: DeadLetter) {
        self.table = letter.table
        self.externalID = letter.externalID
        self.kind = letter.kind
        self.reason = letter.reason
        self.attempts = letter.attempts
        self.lastAttempt = letter.lastAttempt
    }
}
