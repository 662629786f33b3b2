public import Foundation

/// A row that was given up, with the reason.
public struct DeadLetter: Sendable, Equatable {
    /// Where it stands in the list of them, the newest first.
    public struct Position: Sendable, Equatable {
        public var microseconds: Int
        public var id: Int

        public init(microseconds: Int, id: Int) {
            self.microseconds = microseconds
            self.id = id
        }
    }

    public var position: Position
    public var table: String
    public var externalID: String
    public var kind: String?
    public var reason: String?
    public var attempts: Int
    public var lastAttempt: Date?
}
