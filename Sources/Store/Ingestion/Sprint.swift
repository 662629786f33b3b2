public import Foundation

/// A sprint of a Jira board.
public struct Sprint: Sendable, Equatable {
    public var id: String
    public var name: String
    public var state: String?
    public var goal: String?
    public var boardID: String?
    public var startedAt: Date?
    public var endsAt: Date?
    public var completedAt: Date?

    public init(
        id: String,
        name: String,
        state: String?,
        goal: String?,
        boardID: String?,
        startedAt: Date?,
        endsAt: Date?,
        completedAt: Date?
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.goal = goal
        self.boardID = boardID
        self.startedAt = startedAt
        self.endsAt = endsAt
        self.completedAt = completedAt
    }
}
