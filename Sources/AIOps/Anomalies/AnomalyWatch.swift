public import Foundation
import PulseModel
public import Store

/// Looks at a tenant's metrics of throughput, latency, failures and cost, and opens and closes anomalies.
public struct AnomalyWatch: Sendable {
    /// What a look came to.
    public struct Report: Sendable, Equatable {
        /// Series that there were samples enough of.
        public var judged = 0
        public var opened = 0
        public var open = 0
        public var resolved = 0

        public init() {}
    }

    public struct Policy: Sendable, Equatable {
        /// Measurements so new make the value of now.
        public var recent = Duration.seconds(15 * 60)
        /// Of them at least so many, else nothing is said.
        public var recentSamples = 5
        /// How far back the baseline goes.
        public var window = Duration.seconds(7 * 86_400)
        /// Measurements that the baseline is taken from, at most, the newest.
        public var windowSamples = 1_000
        /// What has stayed so for so long is how it is now: the baseline begins to follow it.
        public var settled = Duration.seconds(86_400)

        public init() {}
    }

    private let store: Store
    private let policy: Policy

    public init(store: Store, policy: Policy = Policy()) {
        self.store = store
        self.policy = policy
    }

    /// The name of whoever resolves anomalies here.
    public static let name = "pulse"

    /// Looks once. Any number of processes may: one cause has one open anomaly.
    public func look(tenant: UUID, now: Date = Date()) async throws -> Report {
        var report = Report()
        let unresolved = try await self.store.unresolvedAnomalies(tenant: tenant)
        for watched in WatchedMetric.all {
            try Task.checkCancellation()
            let open = unresolved.filter { $0.metric == watched.metric.rawValue && $0.type == watched.type }
            let samples = try await self.samples(of: watched, tenant: tenant, now: now)
            let series = Dictionary(grouping: samples) { WatchedMetric.series(of: $0.labels) }
            for (name, samples) in series.sorted(by: { $0.key < $1.key }) {
                try await self.look(
                    at: samples,
                    of: watched,
                    series: name,
                    open: open.first { $0.series == name },
                    tenant: tenant,
                    now: now,
                    report: &report
                )
            }
            for anomaly in open where series[anomaly.series] == nil {
                try await self.closeUnmeasured(anomaly, lastMeasured: nil, tenant: tenant, now: now, report: &report)
            }
        }
        return report
    }

    private func samples(of watched: WatchedMetric, tenant: UUID, now: Date) async throws -> [SeriesSample] {
        let since = now - (self.policy.window / .seconds(1))
        if watched.view == .hours { return try await self.store.hourlySums(tenant: tenant, metric: watched.metric, since: since) }
        // Of all series together; the classes of size make a handful of each.
        return try await self.store.samples(
            tenant: tenant,
            metric: watched.metric,
            since: since,
            limit: self.policy.windowSamples * 8
        )
    }

    private func look(
        at samples: [SeriesSample],
        of watched: WatchedMetric,
        series: String,
        open: StoredAnomaly?,
        tenant: UUID,
        now: Date,
        report: inout Report
    ) async throws {
        let parts = self.parts(of: samples, of: watched, open: open, now: now)
        guard !parts.recent.isEmpty else {
            if let open {
                let last = samples.last?.at
                try await self.closeUnmeasured(open, lastMeasured: last, tenant: tenant, now: now, report: &report)
            }
            return
        }
        let judgement = watched.rule.judge(
            watched.value(of: parts.recent),
            against: parts.before.map(\.value),
            isOpen: open != nil
        )
        switch judgement {
        case .unknown: return
        case .ordinary(let figures):
            report.judged += 1
            guard let open else { return }
            try await self.store.resolveAnomaly(
                open.id,
                tenant: tenant,
                by: Self.name,
                note:
                    "it is \(String(format: "%.3g", figures.value)) again, where \(String(format: "%.3g", figures.baseline)) is usual"
            )
            report.resolved += 1
        case .anomalous(let severity, let figures):
            report.judged += 1
            let isNew = try await self.store.note(
                AnomalyFinding(
                    metric: watched.metric.rawValue,
                    series: series,
                    unit: watched.metric.unit,
                    type: watched.type,
                    value: figures.value,
                    baseline: figures.baseline,
                    band: figures.band,
                    deviation: figures.deviation,
                    samples: figures.samples,
                    severity: severity.rawValue,
                    run: parts.recent.last { $0.run != nil }?.run
                ),
                tenant: tenant
            )
            report.open += 1
            if isNew { report.opened += 1 }
        }
    }

    /// The newest samples, and those that they are measured by.
    private func parts(
        of samples: [SeriesSample],
        of watched: WatchedMetric,
        open: StoredAnomaly?,
        now: Date
    ) -> (recent: [SeriesSample], before: [SeriesSample]) {
        var recent: [SeriesSample]
        var before: [SeriesSample]
        if watched.view == .hours {
            // The last whole hour; one without any cost is left out of the sums, and cost nothing.
            guard let last = samples.last, now.timeIntervalSince(last.at) < 3_600 else { return ([], samples) }
            (recent, before) = ([last], Array(samples.dropLast()))
        } else {
            let border = now - (self.policy.recent / .seconds(1))
            recent = samples.filter { $0.at >= border }
            before = samples.filter { $0.at < border }
            if recent.count < self.policy.recentSamples { recent = [] }
        }
        // While it lasts, what is out of the ordinary must not become what is ordinary: an anomaly would close itself by lasting.
        if let open, now.timeIntervalSince(open.openedAt) < self.policy.settled / .seconds(1) {
            let border = open.openedAt - (watched.view == .hours ? 3_600 : self.policy.recent / .seconds(1))
            before = before.filter { $0.at < border }
        }
        return (recent, Array(before.suffix(self.policy.windowSamples)))
    }

    /// Nothing says that it is over, and nothing that it goes on.
    private func closeUnmeasured(
        _ anomaly: StoredAnomaly,
        lastMeasured: Date?,
        tenant: UUID,
        now: Date,
        report: inout Report
    ) async throws {
        let last = max(lastMeasured ?? anomaly.changedAt, anomaly.changedAt)
        guard now.timeIntervalSince(last) >= self.policy.settled / .seconds(1) else {
            report.open += 1
            return
        }
        try await self.store.resolveAnomaly(anomaly.id, tenant: tenant, by: Self.name, note: "nothing was measured for a day")
        report.resolved += 1
    }
}
