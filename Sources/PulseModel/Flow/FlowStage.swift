/// What standing in a status means for the flow of work.
public struct FlowStage: Sendable, Equatable {
    public var category: StatusCategory
    /// Whether work counts as promised: the commitment point is reached or passed.
    public var isCommitted: Bool
    /// In progress, but waiting for or under somebody's review or test.
    public var isReview: Bool

    public init(category: StatusCategory, isCommitted: Bool, isReview: Bool) {
        self.category = category
        self.isCommitted = isCommitted
        self.isReview = isReview
    }

    /// How far along the way it stands; a step to a lower rank is a step back.
    var rank: Int {
        switch self.category {
        case .toDo: 0
        case .inProgress: self.isReview ? 2 : 1
        case .done: 3
        }
    }
}
