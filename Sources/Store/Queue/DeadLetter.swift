public import Foundation

/// A row that was given up, with the reason.
public struct DeadLetter: Sendable, Equatable {
    public var table: String
    public var externalID: String
    public var kind: String?
    public var reason: String?
    public var attempts: Int
    public var lastAttempt: Date?
}
