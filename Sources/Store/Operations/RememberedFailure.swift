public import Foundation
import Postgres
public import PulseModel

/// A failure as the learning memory holds it.
public struct RememberedFailure: Sendable, Equatable {
    public var id: Int
    public var errorType: String
    public var service: String
    public var fingerprint: String
    /// What was being attempted.
    public var intent: String
    /// What was asked of whom.
    public var failedQuery: String
    public var issue: String
    public var occurrences: Int
    public var firstSeenAt: Date
    public var lastSeenAt: Date
    /// What was done about it, the newest last.
    public var tried: [LearnedFailure.Attempt]
    /// Since when it is not over; nil where it is.
    public var openSince: Date?
    /// What ended it the last time.
    public var resolution: String?
    /// How long it then lasted, in seconds.
    public var resolvedAfter: Double?
    public var resolvedAt: Date?
    public var selfHealed: Int
    public var healedByHand: Int
    /// Of ``text``, in ``vectorSpace``.
    public var vector: [Float]?
    public var vectorSpace: String?

    /// What is compared where similar failures are sought.
    public var text: String { Self.text(errorType: self.errorType, service: self.service, issue: self.issue) }

    public static func text(errorType: String, service: String, issue: String) -> String {
        "\(errorType.replacing("_", with: " ")) of \(service): \(issue)"
    }

    public func evidence(similarity: Double) -> FailureEvidence {
        FailureEvidence(
            fingerprint: self.fingerprint,
            similarity: similarity,
            errorType: self.errorType,
            service: self.service,
            issue: self.issue,
            occurrences: self.occurrences,
            selfHealed: self.selfHealed,
            healedByHand: self.healedByHand,
            resolution: self.resolution,
            resolvedAfter: self.resolvedAfter
        )
    }

    static let columns = """
        id, error_type, service, fingerprint, user_intent, failed_query, specific_issue, occurrences, first_seen_at, last_seen_at,
        tried::text AS tried, CASE WHEN resolved_at IS NULL THEN episode_started_at END AS open_since, resolution,
        extract(epoch FROM resolved_after)::double precision AS resolved_after, resolved_at, self_healed, healed_by_hand
        """

    init(_ row: PostgresRow) throws {
        self.id = try row.decode("id")
        self.errorType = try row.decode("error_type")
        self.service = try row.decode("service")
        self.intent = try row.decode("user_intent")
        self.failedQuery = try row.decode("failed_query")
        // One that an earlier release has kept may name hosts, and so does what it is known by.
        let (issue, fingerprint): (String, String) = (try row.decode("specific_issue"), try row.decode("fingerprint"))
        self.issue = FailureText.withoutHosts(issue)
        self.fingerprint =
            self.issue == issue
            ? fingerprint : LearnedFailure.fingerprint(errorType: self.errorType, service: self.service, issue: self.issue)
        self.occurrences = try row.decode("occurrences")
        self.firstSeenAt = try row.decode("first_seen_at")
        self.lastSeenAt = try row.decode("last_seen_at")
        self.tried = try Self.attempts(row.decode("tried"))
        self.openSince = try row.decode("open_since")
        self.resolution = try row.decode("resolution")
        self.resolvedAfter = try row.decode("resolved_after")
        self.resolvedAt = try row.decode("resolved_at")
        self.selfHealed = try row.decode("self_healed")
        self.healedByHand = try row.decode("healed_by_hand")
        if row.columns.contains("vector") {
            self.vector = try row.decode("vector", as: [UInt8]?.self).map(Self.vector)
            self.vectorSpace = try row.decode("vector_space")
        }
    }

    // MARK: Encodings

    private struct AttemptJSON: Codable {
        var action: String
        var after: Double?
        var reason: String
        var at: String
    }

    static func json(of attempts: [LearnedFailure.Attempt]) throws -> String {
        let values = attempts.map {
            AttemptJSON(action: $0.action, after: $0.after, reason: $0.reason, at: $0.at.formatted(.iso8601))
        }
        return StorableText.json(String(decoding: try JSONEncoder().encode(values), as: UTF8.self))
    }

    private static func attempts(_ json: String) throws -> [LearnedFailure.Attempt] {
        try JSONDecoder().decode([AttemptJSON].self, from: Data(json.utf8)).map { value in
            LearnedFailure.Attempt(action: value.action, after: value.after, reason: value.reason, at: Self.date(value.at))
        }
    }

    /// As this process or PostgreSQL's `jsonb` writes it.
    private static func date(_ text: String) -> Date {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? Date(timeIntervalSince1970: 0)
    }

    static func bytes(of vector: [Float]) -> [UInt8] {
        vector.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    private static func vector(of bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
            return Float(bitPattern: bits)
        }
    }
}
