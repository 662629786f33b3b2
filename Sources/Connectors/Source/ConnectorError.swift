public import Foundation

/// Why a unit of extraction (a repository, a project, a list) could not be read.
public struct ConnectorError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// Time-outs, resets, 5xx, a busy database: trying again later helps.
        case transient
        /// The source asks for a longer wait than a sync spends; see ``ConnectorError/retryAt``.
        case rateLimited = "rate_limited"
        case authentication
        case permission
        case notFound = "not_found"
        case configuration
        /// The answer is not what the API's documentation says.
        case dataFormat = "data_format"
    }

    public var kind: Kind
    /// What was being read, such as `pulls:acme/api@42`.
    public var unit: String
    /// What happened and what to do; never holds a token.
    public var message: String
    /// When the source will listen again, where it said so.
    public var retryAt: Date?
    /// The status of the answer, where one arrived.
    public var status: Int?
    /// Whether the source's answers have another shape than Pulse knows: no other unit could be read rightly, so the sync stops.
    public var isChangedShape: Bool

    public init(
        _ kind: Kind,
        unit: String,
        message: String,
        retryAt: Date? = nil,
        status: Int? = nil,
        isChangedShape: Bool = false
    ) {
        self.kind = kind
        self.unit = unit
        self.message = message
        self.retryAt = retryAt
        self.status = status
        self.isChangedShape = isChangedShape
    }

    /// Whether the same request may succeed later without anybody's doing.
    public var isTransient: Bool { self.kind == .transient || self.kind == .rateLimited }

    public var description: String { "\(self.unit): \(self.message)" }
}
