import Logging
import PulseModel
import Synchronization

/// Asks all parts that a tenant needs whether they answer, and remembers which do not.
final class HealthCheck: Sendable {
    /// Parts that are asked at once.
    private static let width = 8
    private static let longestAnswer = Duration.seconds(10)
    /// For all of them: a tenant with many sources that are away must not hold up the upkeep of others.
    private static let longestCheck = Duration.seconds(30)

    private enum Answer {
        case well
        case away
        /// The time was over before.
        case notAsked
    }

    private let found = Mutex<Set<String>>([])

    /// Parts that did not answer when they were asked last.
    var away: Set<String> { self.found.withLock { $0 } }

    func step(_ probes: [HealthProbe], logger: Logger) async throws -> RunStep {
        let deadline = ContinuousClock.now + Self.longestCheck
        var answers = Array(repeating: Answer.notAsked, count: probes.count)
        await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, probe) in probes.enumerated() {
                if index >= Self.width, let (done, answer) = await group.next() { answers[done] = answer }
                group.addTask { (index, await Self.ask(probe, until: deadline, logger: logger)) }
            }
            for await (done, answer) in group { answers[done] = answer }
        }
        try Task.checkCancellation()
        func named(_ answer: Answer) -> [String] { zip(probes, answers).filter { $0.1 == answer }.map(\.0.name) }
        let (well, away, notAsked) = (named(.well), named(.away), named(.notAsked))
        self.found.withLock { $0 = Set(away) }
        return RunStep(
            "",
            count: well.count,
            failed: away.count,
            detail: (well.map { "\($0) well" } + away.map { "\($0) away" } + notAsked.map { "\($0) not asked" })
                .joined(separator: ", ")
        )
    }

    private static func ask(
        _ probe: HealthProbe,
        until deadline: ContinuousClock.Instant,
        logger: Logger
    ) async -> Answer {
        let left = deadline - .now
        guard left > .zero else { return .notAsked }
        guard let trouble = await probe.trouble(within: min(left, Self.longestAnswer)) else { return .well }
        logger.warning("a part does not answer", metadata: ["part": "\(probe.name)", "error": "\(trouble)"])
        return .away
    }
}
