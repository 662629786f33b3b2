import Foundation
import PulseModel
import TestSupport
import Testing

@Suite("The flow of a work item")
struct WorkItemFlowTests {
    private static let day = 86_400.0
    private static let birth = Date(timeIntervalSince1970: 1_700_000_000)

    private static let stages = FlowStages(
        statuses: [
            Self.status("1", "Backlog", "new"), Self.status("2", "Doing", "indeterminate"),
            Self.status("3", "Code Review", "indeterminate"), Self.status("4", "Shipped", "done"),
            Self.status("5", "Selected", "new"),
        ],
        mappings: [
            StatusMapping(project: "*", from: "Selected", to: "To Do", category: .toDo, step: "kanban/Selected"),
            StatusMapping(project: "OPS", from: "Shipped", to: "In Progress", category: .inProgress, step: nil),
        ],
        steps: [
            WorkflowStep(workflow: "kanban", step: "Backlog", number: 1, category: .toDo, isCommitmentPoint: false),
            WorkflowStep(workflow: "kanban", step: "Selected", number: 2, category: .toDo, isCommitmentPoint: true),
        ]
    )

    private static func status(_ id: String, _ name: String, _ category: String) -> Status {
        Status(id: id, originalName: name, untranslatedName: nil, category: category, details: nil, projectID: nil)
    }

    private static func at(_ days: Double) -> Date { Self.birth + days * Self.day }

    /// `path` names a status and the day on which the issue came to stand in it.
    private static func flow(
        from first: String,
        _ path: [(String, Double)],
        resolved: Double? = nil,
        project: String? = "PAY"
    ) -> WorkItemFlow {
        var transitions: [WorkItemFlow.Transition] = []
        var before = first
        for (index, (status, day)) in path.enumerated() {
            transitions.append(.init(id: "\(index + 1)", at: Self.at(day), from: before, to: status))
            before = status
        }
        return Self.flow(transitions, status: before, resolved: resolved, project: project)
    }

    private static func flow(
        _ transitions: [WorkItemFlow.Transition],
        status: String,
        resolved: Double? = nil,
        project: String? = "PAY"
    ) -> WorkItemFlow {
        WorkItemFlow(
            createdAt: Self.birth,
            statusID: status,
            resolvedAt: resolved.map(Self.at),
            transitions: transitions
        ) { Self.stages.stage(of: $0, in: project) }
    }

    @Test("A straight way: promised, begun, reviewed and done once")
    func straight() {
        let flow = Self.flow(from: "1", [("5", 1), ("2", 2), ("3", 5), ("4", 6)])
        #expect(flow.firstCommittedAt == Self.at(1), "the step that is the commitment point, though it counts as to do")
        #expect(flow.firstStartedAt == Self.at(2))
        #expect(flow.lastStartedAt == Self.at(2))
        #expect(flow.firstCompletedAt == Self.at(6))
        #expect(flow.lastCompletedAt == Self.at(6))
        #expect(flow.starts == 1 && flow.completions == 1 && flow.backlogReturns == 0)
        #expect(flow.workSeconds == 3 * Self.day)
        #expect(flow.reviewSeconds == Self.day)
        #expect(flow.cycleSeconds == 4 * Self.day)
        #expect(flow.leadSeconds == 6 * Self.day)
        #expect(flow.complexity == 4)
        #expect(flow.isDone && !flow.isInProgress && !flow.isReworked && !flow.isDirectlyCompleted)
    }

    @Test("Reopened: starts and completions are counted, cycle time ends with the last completion")
    func reopened() {
        let flow = Self.flow(from: "1", [("2", 1), ("4", 2), ("2", 5), ("1", 6), ("2", 8), ("4", 9)])
        #expect(flow.starts == 3 && flow.completions == 2 && flow.backlogReturns == 1)
        #expect(flow.firstStartedAt == Self.at(1))
        #expect(flow.lastStartedAt == Self.at(8))
        #expect(flow.firstCompletedAt == Self.at(2))
        #expect(flow.lastCompletedAt == Self.at(9))
        #expect(flow.cycleSeconds == 8 * Self.day)
        #expect(flow.workSeconds == 3 * Self.day, "what passed in done and in the backlog is not work")
        #expect(flow.complexity == 8, "two of six changes lead back")
        #expect(flow.isReworked)
    }

    @Test("Reopened and not done again: neither cycle nor lead time, but the completions stand")
    func open() {
        let flow = Self.flow(from: "1", [("2", 1), ("4", 2), ("2", 5)])
        #expect(flow.cycleSeconds == nil)
        #expect(flow.leadSeconds == nil)
        #expect(flow.lastCompletedAt == Self.at(2))
        #expect(flow.isInProgress && !flow.isDone && flow.isReworked)
    }

    @Test("Sent back from review is rework, although work began once")
    func review() {
        let flow = Self.flow(from: "1", [("2", 1), ("3", 2), ("2", 3), ("3", 4), ("4", 5)])
        #expect(flow.starts == 1)
        #expect(flow.isReworked)
        #expect(flow.workSeconds == 2 * Self.day)
        #expect(flow.reviewSeconds == 2 * Self.day)
    }

    @Test("Without a history, the status says all: nothing, begun at birth, or done when resolved")
    func withoutHistory() {
        let new = Self.flow([], status: "1")
        #expect(new.firstCommittedAt == nil && new.firstStartedAt == nil && new.firstCompletedAt == nil)
        #expect(!new.isDone && !new.isInProgress && new.complexity == 0)
        let begun = Self.flow([], status: "2")
        #expect(begun.firstStartedAt == Self.birth && begun.starts == 1 && begun.isInProgress)
        #expect(begun.firstCommittedAt == Self.birth)
        let done = Self.flow([], status: "4", resolved: 3)
        #expect(done.firstCompletedAt == Self.at(3))
        #expect(done.leadSeconds == 3 * Self.day)
        #expect(done.cycleSeconds == nil && done.isDirectlyCompleted)
        #expect(Self.flow([], status: "4").leadSeconds == 0, "imported as done")
        let unknown = Self.flow([], status: "nobody knows")
        #expect(!unknown.isDone && !unknown.isInProgress && unknown.starts == 0)
    }

    @Test("Straight from the backlog to done: completed without a cycle time")
    func direct() {
        let flow = Self.flow(from: "1", [("4", 2)])
        #expect(flow.isDirectlyCompleted && flow.starts == 0)
        #expect(flow.cycleSeconds == nil)
        #expect(flow.leadSeconds == 2 * Self.day)
        #expect(flow.firstCommittedAt == Self.at(2), "done lies behind every commitment point")
    }

    @Test("A status that nobody knows any more changes nothing by itself")
    func unknown() {
        let known = Self.flow(from: "1", [("2", 1), ("4", 5)])
        var detour = Self.flow(from: "1", [("2", 1), ("x", 3), ("4", 5)])
        #expect(detour == known, "it neither ends the work nor sends it back")
        detour = Self.flow(from: "x", [("2", 1), ("4", 5)])
        #expect(detour == known, "an unknown beginning is a backlog")
    }

    @Test("A moved issue is judged by the mappings of the project that it is in now")
    func moved() {
        let path = [("2", 1.0), ("4", 2.0)]
        #expect(Self.flow(from: "1", path, project: "PAY").isDone)
        let there = Self.flow(from: "1", path, project: "OPS")
        #expect(!there.isDone && there.isInProgress, "there, Shipped counts as in progress")
        #expect(there.starts == 1)
    }

    @Test("Changes before the issue's own creation, by a clock that runs ahead, last no negative time")
    func clocks() {
        let flow = Self.flow(from: "1", [("2", -1), ("4", 1)])
        #expect(flow.firstStartedAt == Self.birth)
        #expect(flow.workSeconds == Self.day)
    }

    @Test(
        "Whatever the history, its order and repetitions do not matter and the figures agree with one another",
        arguments: 0..<200
    )
    func properties(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let ids = ["1", "2", "3", "4", "5", "x"]
        var path: [(String, Double)] = []
        var day = 0.0
        for _ in 0..<Int(random.next() % 12) {
            day += Double(random.next() % 5) / 2
            path.append((ids[Int(random.next() % 6)], day))
        }
        let first = ids[Int(random.next() % 5)]
        var transitions: [WorkItemFlow.Transition] = []
        var before = first
        for (index, (status, day)) in path.enumerated() {
            transitions.append(.init(id: "\(index + 9)", at: Self.at(day), from: before, to: status))
            before = status
        }
        let flow = Self.flow(transitions, status: before)
        var mixed = transitions + transitions.filter { _ in random.next() % 2 == 0 }
        mixed.shuffle(using: &random)
        #expect(Self.flow(mixed, status: before) == flow)

        let last = ([first] + path.map(\.0)).last { $0 != "x" } ?? "1"
        #expect(flow.isDone == (last == "4"))
        #expect(flow.isInProgress == (last == "2" || last == "3"))
        #expect(flow.workSeconds >= 0 && flow.reviewSeconds >= 0)
        #expect(flow.workSeconds + flow.reviewSeconds <= day * Self.day)
        #expect((flow.firstStartedAt == nil) == (flow.starts == 0))
        #expect((flow.firstCompletedAt == nil) == (flow.completions == 0))
        if let start = flow.firstStartedAt, let end = flow.lastStartedAt { #expect(start <= end) }
        if let start = flow.firstCompletedAt, let end = flow.lastCompletedAt { #expect(start <= end) }
        if let committed = flow.firstCommittedAt, let started = flow.firstStartedAt { #expect(committed <= started) }
        if let cycle = flow.cycleSeconds, let lead = flow.leadSeconds { #expect(cycle <= lead) }
        #expect((flow.leadSeconds != nil) == flow.isDone)
        #expect(flow.complexity >= path.count(where: { $0.0 != "x" }))
        #expect(flow.complexity <= 2 * path.count)
        #expect(flow.backlogReturns <= flow.starts + flow.completions)
    }

    @Test("Where the first change does not say from what, an issue was not done at its birth")
    func unknownBeginning() {
        let flow = Self.flow(
            [.init(id: "1", at: Self.at(1), from: nil, to: "2"), .init(id: "2", at: Self.at(3), from: "2", to: "4")],
            status: "4"
        )
        #expect(flow.completions == 1 && !flow.isReworked)
        #expect(flow.firstStartedAt == Self.at(1) && flow.lastCompletedAt == Self.at(3))
    }
}
