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
        /// Measurements so new make the value of now, the newest ``windowSamples`` of them.
        public var recent = Duration.seconds(15 * 60)
        /// Of them at least so many, else nothing is said.
        public var recentSamples = 5
        /// How far back the baseline goes.
        public var window = Duration.seconds(7 * 86_400)
        /// Measurements of a series that the baseline is taken from, at most, the newest.
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
            let series =
                watched.view == .hours
                ? try await self.hours(of: watched, open: open, tenant: tenant, now: now)
                : try await self.samples(of: watched, open: open, tenant: tenant, now: now)
            for (name, parts) in series.sorted(by: { $0.key < $1.key }) {
                try await self.look(
                    at: parts,
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

    /// What is known of one series, the earliest first.
    private struct Parts {
        /// What makes the value of now; none where that is too little.
        var recent: [SeriesSample] = []
        /// What it is measured by.
        var before: [SeriesSample] = []
        var lastMeasured: Date?
    }

    /// Each measurement, by series.
    private func samples(
        of watched: WatchedMetric,
        open: [StoredAnomaly],
        tenant: UUID,
        now: Date
    ) async throws -> [String: Parts] {
        let border = now - self.policy.recent / .seconds(1)
        func read(since: Date, until: Date?) async throws -> [String: [SeriesSample]] {
            Dictionary(
                grouping: try await self.store.samples(
                    tenant: tenant,
                    metric: watched.metric,
                    since: since,
                    until: until,
                    limit: self.policy.windowSamples
                )
            ) { WatchedMetric.series(of: $0.labels) }
        }
        let start = now - self.policy.window / .seconds(1)
        let recent = try await read(since: border, until: nil)
        let before = try await read(since: start, until: border)
        var series: [String: Parts] = [:]
        for name in Set(recent.keys).union(before.keys) {
            let (new, old) = (recent[name] ?? [], before[name] ?? [])
            series[name] = Parts(
                recent: new.count < self.policy.recentSamples ? [] : new,
                before: old,
                lastMeasured: new.last?.at ?? old.last?.at
            )
        }
        for anomaly in open where series[anomaly.series] != nil && !self.isSettled(anomaly, now: now) {
            let usual = try await read(since: start, until: anomaly.openedAt - self.policy.recent / .seconds(1))
            series[anomaly.series]?.before = usual[anomaly.series] ?? []
        }
        return series
    }

    /// What each hour sums up to, by series.
    private func hours(
        of watched: WatchedMetric,
        open: [StoredAnomaly],
        tenant: UUID,
        now: Date
    ) async throws -> [String: Parts] {
        let start = now - self.policy.window / .seconds(1)
        let sums = try await self.store.hourlySums(tenant: tenant, metric: watched.metric, since: start)
        let series = Dictionary(grouping: sums) { WatchedMetric.series(of: $0.labels) }
        return Dictionary(
            uniqueKeysWithValues: series.map { name, sums -> (String, Parts) in
                var parts = Parts(before: sums, lastMeasured: sums.last?.at)
                // The last whole hour; one without any cost is left out of the sums, and cost nothing.
                if let last = sums.last, now.timeIntervalSince(last.at) < 3_600 {
                    (parts.recent, parts.before) = ([last], Array(sums.dropLast()))
                }
                if let anomaly = open.first(where: { $0.series == name }), !self.isSettled(anomaly, now: now) {
                    parts.before.removeAll { $0.at >= anomaly.openedAt - 3_600 }
                }
                return (name, parts)
            }
        )
    }

    /// While it lasts, what is out of the ordinary must not become what is ordinary: an anomaly would close itself by lasting. Only what
    /// has lasted for long is.
    private func isSettled(_ anomaly: StoredAnomaly, now: Date) -> Bool {
        now.timeIntervalSince(anomaly.openedAt) >= self.policy.settled / .seconds(1)
    }

    private func look(
        at parts: Parts,
        of watched: WatchedMetric,
        series: String,
        open: StoredAnomaly?,
        tenant: UUID,
        now: Date,
        report: inout Report
    ) async throws {
        guard !parts.recent.isEmpty else {
            if let open {
                try await self.closeUnmeasured(
                    open,
                    lastMeasured: parts.lastMeasured,
                    tenant: tenant,
                    now: now,
                    report: &report
                )
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
