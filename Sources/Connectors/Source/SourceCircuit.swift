import Foundation
import Resilience

/// Leaves a source alone for a while that does not answer at all, so that each repository and project need not find that out with all
/// its attempts.
struct SourceCircuit {
    private var breaker = CircuitBreaker()

    /// - Throws: ``ConnectorError`` of kind `transient` while it is to be left alone.
    mutating func admit(_ source: String, unit: String, at now: Date) throws(ConnectorError) {
        guard case .refuse(let rest) = self.breaker.admit(at: Self.time(now)) else { return }
        throw ConnectorError(
            .transient,
            unit: unit,
            message: "\(source) has not answered \(self.breaker.threshold) requests in a row, each tried several times; "
                + "it is left alone for \(Int(rest.seconds.rounded(.up))) s"
        )
    }

    /// It answered, whatever it said.
    mutating func answered() { self.breaker.succeeded() }

    /// A request has used up its attempts without any answer.
    mutating func stayedSilent(at now: Date, random: Double) { self.breaker.failed(at: Self.time(now), random: random) }

    private static func time(_ date: Date) -> Duration { .seconds(date.timeIntervalSinceReferenceDate) }
}
