public import Foundation

/// How far the extraction of one unit (a repository, a project, a list) has come.
public struct Checkpoint: Sendable, Equatable {
    /// Such as `pulls:acme/api`.
    public var unit: String
    /// The connector's own position within a pass, as JSON text; nil between passes.
    public var cursor: String?
    /// The greatest update time that a finished pass has seen.
    public var watermark: Date?
    /// What the source gave to ask with whether anything has changed since the last finished pass, as JSON text. Nil leaves what
    /// stands.
    public var validators: String?

    public init(unit: String, cursor: String?, watermark: Date?, validators: String? = nil) {
        self.unit = unit
        self.cursor = cursor
        self.watermark = watermark
        self.validators = validators
    }
}
