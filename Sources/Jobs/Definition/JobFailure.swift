public import Foundation
public import PulseModel

/// Why a run has failed.
public struct JobFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public var kind: JobFailureKind
    /// What happened and what to do; never holds a secret.
    public var message: String
    /// Before when the source does not want to be asked again.
    public var retryAt: Date?

    public init(_ kind: JobFailureKind, _ message: String, retryAt: Date? = nil) {
        self.kind = kind
        self.message = message
        self.retryAt = retryAt
    }

    public var description: String { "\(self.kind.rawValue): \(self.message)" }
}
