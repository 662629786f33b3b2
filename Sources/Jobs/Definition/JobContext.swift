public import Foundation
public import Logging
public import PulseModel
public import Store

/// What a running job works with.
public struct JobContext: Sendable {
    public let tenant: UUID
    public let integration: UUID?
    public let integrationName: String?
    public let run: RunReference
    /// Takes pages while the run holds its job, and ends the extraction where that is asked for.
    public let store: FencedStore
    /// For what names hosts or statements: summaries and failures are shown to the tenant.
    public let logger: Logger
    let meter: RunMeter

    /// Says what is being done; clients of the job's channel see it. Also shows that the job lives: one that says nothing and commits
    /// nothing for long counts as stalled.
    ///
    /// - Parameters:
    ///   - share: 0 to 100; nil where the whole is not known.
    ///   - quiet: for how long no other word is to be expected, as while a source's rate limit is waited for; this time is no stall.
    public func report(_ operation: String, share: Double? = nil, quietFor quiet: Duration = .zero) {
        self.meter.report(operation, share: share, quietFor: quiet)
    }

    /// Adds to the run's costs.
    public func count(requests: Int, bytes: Int = 0) { self.meter.count(requests: requests, bytes: bytes) }

    /// Adds to what the run's history shows of it, however the run ends.
    public func keep(_ steps: [RunStep]) { self.meter.keep(steps) }

    /// What the run has come to so far.
    var tally: RunTally {
        let result = self.store.result
        return RunTally(processed: result.written + result.unchanged, failed: result.rejected, costs: self.costs)
    }

    /// What the run has cost so far.
    var costs: RunCosts {
        var costs = self.meter.costs
        costs.databaseSeconds = self.store.seconds
        return costs
    }
}
