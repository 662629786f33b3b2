import PulseModel
import TestSupport
import Testing

@Suite("The states of a job")
struct JobStateTests {
    /// The whole of what is allowed, written down a second time.
    private static let allowed: [JobTransition: [JobState: JobState]] = [
        .start: [.notStarted: .pending, .finished: .pending],
        .schedule: [.pending: .running],
        .finish: [.running: .finished],
        .fail: [.running: .error],
        .retry: [.error: .running],
        .release: [.running: .pending],
        .pause: [.pending: .paused, .running: .paused, .error: .paused],
        .stop: [.pending: .paused, .running: .paused, .error: .paused],
        .resume: [.paused: .running],
        .forceStart: [.notStarted: .pending, .pending: .pending, .finished: .pending, .error: .pending, .paused: .pending],
        .forceStop: Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, .paused) }),
        .emergencyStop: Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, .paused) }),
    ]

    @Test("The states are the six, under their names")
    func sixStates() {
        #expect(JobState.allCases.map(\.rawValue) == ["NOT_STARTED", "PENDING", "RUNNING", "FINISHED", "ERROR", "PAUSED"])
    }

    @Test("A transition leads where it should, and any other is refused with a reason", arguments: JobTransition.allCases)
    func transitions(_ transition: JobTransition) throws {
        for state in JobState.allCases {
            if let next = Self.allowed[transition]?[state] {
                #expect(try state.after(transition) == next)
            } else {
                let refusal = #expect(throws: RefusedTransition.self) { _ = try state.after(transition) }
                #expect(refusal?.state == state)
                #expect(refusal?.transition == transition)
                #expect((refusal?.description.count ?? 0) > 10)
            }
        }
    }

    @Test(
        "After any sequence, a job runs only if it was scheduled, retried or resumed, and a person can always stop it",
        arguments: 0..<50
    )
    func sequences(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var state = JobState.notStarted
        for _ in 0..<200 {
            let transition = JobTransition.allCases.randomElement(using: &random) ?? .start
            guard let next = try? state.after(transition) else { continue }
            if next == .running { #expect([.schedule, .retry, .resume].contains(transition)) }
            if next == .finished || next == .error { #expect(state == .running) }
            if state == .paused, next != .paused { #expect(transition == .resume || transition == .forceStart) }
            state = next
            #expect(try state.after(.emergencyStop) == .paused)
            // No state is a dead end.
            #expect(JobTransition.allCases.contains { (try? state.after($0)).map { $0 != .paused } ?? false })
        }
    }
}
