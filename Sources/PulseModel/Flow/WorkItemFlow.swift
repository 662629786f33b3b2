public import Foundation

/// What follows from an issue's history of statuses: when work was promised, begun and done, how often, and how long it took.
///
/// A pure function of the issue and its status changes, in whatever order they come. Definitions:
/// - *committed*: the first time that the issue stood at or beyond the workflow's commitment point;
/// - *started*: each time it came to be in progress, from the backlog or from done;
/// - *completed*: each time it came to be done;
/// - *backlog return*: each time it went back to a status that counts as to do;
/// - *work* and *review time*: in statuses in progress, without the one that it stands in now;
/// - *cycle time*: from the first start to the last completion; *lead time*: from creation to the last completion; both only while
///   it is done;
/// - *complexity*: the number of status changes, steps back counted twice;
/// - *reworked*: reopened, started more than once, or sent back from review.
public struct WorkItemFlow: Sendable, Equatable {
    /// One change of status.
    public struct Transition: Sendable, Equatable {
        /// Orders changes of the same moment.
        public var id: String
        public var at: Date
        public var from: String?
        public var to: String

        public init(id: String, at: Date, from: String?, to: String) {
            self.id = id
            self.at = at
            self.from = from
            self.to = to
        }
    }

    public private(set) var firstCommittedAt: Date?
    public private(set) var firstStartedAt: Date?
    public private(set) var lastStartedAt: Date?
    public private(set) var firstCompletedAt: Date?
    public private(set) var lastCompletedAt: Date?
    public private(set) var starts = 0
    public private(set) var completions = 0
    public private(set) var backlogReturns = 0
    public private(set) var workSeconds = 0.0
    public private(set) var reviewSeconds = 0.0
    public private(set) var cycleSeconds: Double?
    public private(set) var leadSeconds: Double?
    public private(set) var complexity = 0
    public private(set) var isReworked = false
    /// Done without ever having been in progress.
    public private(set) var isDirectlyCompleted = false
    public private(set) var isDone = false
    public private(set) var isInProgress = false

    /// - Parameters:
    ///   - statusID: where the issue stands now; tells where it began if nothing changed since.
    ///   - resolvedAt: when an issue without history that is done counts as done; else at its creation.
    ///   - transitions: in any order; an entry that occurs twice counts once.
    ///   - stage: what a status means; nil for an unknown one, which then leaves the issue in the stage that it was in.
    public init(
        createdAt: Date,
        statusID: String,
        resolvedAt: Date?,
        transitions: [Transition],
        stage: (String) -> FlowStage?
    ) {
        var seen: Set<String> = []
        let changes = transitions.sorted { ($0.at, $0.id.count, $0.id) < ($1.at, $1.id.count, $1.id) }
            .filter { seen.insert($0.id).inserted }
        let begin = changes.isEmpty ? statusID : changes[0].from
        var current = begin.flatMap(stage) ?? FlowStage(category: .toDo, isCommitted: false, isReview: false)
        let completedAtBirth = changes.isEmpty ? max(createdAt, resolvedAt ?? createdAt) : createdAt
        self.enter(current, from: nil, at: current.category == .done ? completedAtBirth : createdAt)

        var since = createdAt
        for change in changes {
            guard let next = stage(change.to) else { continue }
            // A source's clock may run before its own issues.
            let at = max(change.at, since)
            if current.category == .inProgress {
                let seconds = at.timeIntervalSince(since)
                if current.isReview { self.reviewSeconds += seconds } else { self.workSeconds += seconds }
            }
            self.complexity += next.rank < current.rank ? 2 : 1
            self.enter(next, from: current, at: at)
            current = next
            since = at
        }
        self.isDone = current.category == .done
        self.isInProgress = current.category == .inProgress
        self.isDirectlyCompleted = self.completions > 0 && self.starts == 0
        guard self.isDone, let end = self.lastCompletedAt else { return }
        self.leadSeconds = end.timeIntervalSince(createdAt)
        self.cycleSeconds = self.firstStartedAt.map { end.timeIntervalSince($0) }
    }

    private mutating func enter(_ stage: FlowStage, from before: FlowStage?, at: Date) {
        if stage.isCommitted, self.firstCommittedAt == nil { self.firstCommittedAt = at }
        if let before {
            if before.category == .done, stage.category != .done { self.isReworked = true }
            if before.isReview, stage.category == .inProgress, !stage.isReview { self.isReworked = true }
        }
        guard stage.category != before?.category else { return }
        switch stage.category {
        case .toDo:
            if before != nil { self.backlogReturns += 1 }
        case .inProgress:
            self.starts += 1
            self.firstStartedAt = self.firstStartedAt ?? at
            self.lastStartedAt = at
            if self.starts > 1 { self.isReworked = true }
        case .done:
            self.completions += 1
            self.firstCompletedAt = self.firstCompletedAt ?? at
            self.lastCompletedAt = at
        }
    }
}
