import Foundation
import PulseModel
import Store
import TestSupport

/// The running service: what a search costs, what a thousand followers cost, and how jobs of many tenants share their places.
struct ServeBenchmark {
    func run() async throws -> [Figure] {
        try await self.search() + (try await self.channels()) + (try await JobShares().figures())
    }

    // MARK: Searches

    /// Provider and Qdrant answer at once, from another process: what is measured is Pulse, and PostgreSQL behind it.
    private func search() async throws -> [Figure] {
        try await BenchQdrant.with { qdrant in
            try await TestDatabase.with { database in
                let folder = try Self.folder()
                defer { try? FileManager.default.removeItem(at: folder) }
                let questions = folder.appendingPathComponent("questions").path
                let player = try Child([
                    "player", "--dimensions", "384", "--engine", "\(qdrant.port)", "--questions", questions,
                ])
                defer { player.stop() }
                let ports = try player.firstLine().split(separator: " ").compactMap { Int($0) }
                guard ports.count == 2 else { throw BenchError("the player gives no ports") }

                let tenant = try await database.tenant("bench")
                try await database.fillWorkItems(5_000, of: tenant)
                try await database.linkWorkItems(of: tenant)
                try await database.enqueueWorkItems(of: tenant)
                try await database.settleQueue()
                let id = "bench-\(UUID().uuidString.lowercased())"
                try Data(Provider.file(id: id, port: ports[0], dimensions: 384).utf8)
                    .write(to: folder.appendingPathComponent("provider.json"))
                let work = try Child([
                    "worker", "--database", database.url, "--qdrant", qdrant.url, "--providers", folder.path, "--provider", id,
                    "--tenant", tenant.id.uuidString,
                ])
                _ = try work.finish()
                try await database.owner.withConnection { try await $0.run("VACUUM (ANALYZE)") }
                let key = try await database.withStore { store in
                    try await store.createKey(tenant: tenant.id, name: "bench", role: .viewer, by: "bench").text
                }
                let pulse = try ServedPulse(
                    roles: "api",
                    settings: [
                        "PULSE_DATABASE_URL": database.url, "PULSE_QDRANT_URL": "http://127.0.0.1:\(ports[1])",
                        "PULSE_PROVIDERS_DIR": folder.path, "PULSE_PROVIDER": id, "PULSE_REQUESTS_PER_MINUTE": "0",
                    ],
                    log: folder.appendingPathComponent("serve.log")
                )
                defer { pulse.stop() }

                // The first round asks the engine, and warms everything.
                _ = try self.load(pulse.port, key, seconds: 4)
                let full = try self.load(pulse.port, key, seconds: 6, measuring: pulse.figures)
                let most = Double(full.outcome.answers) / full.outcome.seconds
                let half = try self.load(pulse.port, key, rate: most / 2, seconds: 15, measuring: pulse.figures)
                pulse.stop()

                let bare = try Child([
                    "bare", "--provider", "\(ports[0])", "--qdrant", "\(ports[1])", "--questions", questions,
                    "--database", database.url,
                ])
                defer { bare.stop() }
                guard let port = Int(try bare.firstLine()) else { throw BenchError("the bare service gives no port") }
                _ = try self.load(port, key, seconds: 2)
                let fullLimit = try self.load(port, key, seconds: 6, measuring: bare.figures)
                let limit = try self.load(port, key, rate: most / 2, seconds: 15, measuring: bare.figures)
                let name = "the same requests, bare"
                return [
                    Figure("searches, as many as it can", most, "/s", runs: 1),
                    Figure(
                        "Pulse's CPU of one, at that rate",
                        full.processor,
                        "ms",
                        limit: (name, fullLimit.processor),
                        runs: 1
                    ),
                    // A processor that rests between two searches takes longer for each.
                    Figure(
                        "Pulse's CPU of one, at half of it",
                        half.processor,
                        "ms",
                        limit: (name, limit.processor),
                        target: .atMost(0.5),
                        runs: 1
                    ),
                    Figure(
                        "added latency, median",
                        half.outcome.quantile(0.5),
                        "ms",
                        limit: (name, limit.outcome.quantile(0.5)),
                        target: .atMost(1),
                        runs: 1
                    ),
                    Figure(
                        "added latency, p99",
                        half.outcome.quantile(0.99),
                        "ms",
                        limit: (name, limit.outcome.quantile(0.99)),
                        target: .atMost(5),
                        runs: 1
                    ),
                ]
            }
        }
    }

    /// - Parameter rate: searches a second; as many as are answered where left out.
    private func load(_ port: Int, _ key: String, rate: Double? = nil, seconds: Double) throws -> SearchLoad.Outcome {
        var arguments = ["load", "--port", "\(port)", "--key", key, "--seconds", "\(seconds)"]
        if let rate {
            arguments += ["--rate", "\(rate)", "--connections", "64"]
        } else {
            arguments += ["--connections", "8"]
        }
        return try JSONDecoder().decode(SearchLoad.Outcome.self, from: try Child(arguments).finish())
    }

    /// - Returns: what came of it, and the milliseconds of processor time that one search took.
    private func load(
        _ port: Int,
        _ key: String,
        rate: Double? = nil,
        seconds: Double,
        measuring process: ProcessFigures
    ) throws -> (outcome: SearchLoad.Outcome, processor: Double) {
        let before = try process.processorSeconds
        let outcome = try self.load(port, key, rate: rate, seconds: seconds)
        let processor = try process.processorSeconds - before
        guard outcome.answers > 1_000 else { throw BenchError("only \(outcome.answers) searches were answered") }
        return (outcome, processor / Double(outcome.answers) * 1e3)
    }

    // MARK: Followers

    private static let tenants = 10
    private static let clients = 1_000
    private static let stalled = 200
    private static let interval = Duration.milliseconds(100)

    private func channels() async throws -> [Figure] {
        try await TestDatabase.with { database in
            let folder = try Self.folder()
            defer { try? FileManager.default.removeItem(at: folder) }
            return try await database.withStore(maximumConnections: 4) { store in
                var runs: [(tenant: UUID, run: RunReference)] = []
                var keys: [String] = []
                for number in 0..<Self.tenants {
                    let tenant = try await database.tenant("bench\(number)")
                    keys.append(try await store.createKey(tenant: tenant.id, name: "bench", role: .viewer, by: "bench").text)
                    let run = try await store.startRun(
                        tenant: tenant.id,
                        integration: nil,
                        jobName: "vectorization_job",
                        channel: .vectorization,
                        total: 1_000_000
                    )
                    runs.append((tenant.id, run))
                }
                let pulse = try ServedPulse(
                    roles: "api",
                    settings: ["PULSE_DATABASE_URL": database.url, "PULSE_QDRANT_URL": "http://127.0.0.1:9"],
                    log: folder.appendingPathComponent("serve.log")
                )
                defer { pulse.stop() }
                let all = try await self.follow(pulse, keys, runs, store, reading: Self.clients, stalled: 0, seconds: 20)
                let some = try await self.follow(
                    pulse,
                    keys,
                    runs,
                    store,
                    reading: Self.clients - Self.stalled,
                    stalled: Self.stalled,
                    seconds: 30
                )
                let expected = Double(Self.clients) * 20 * 10
                return [
                    Figure("\(Self.clients) followers, share of one core", all.share * 100, "%", target: .atMost(50), runs: 1),
                    Figure(
                        "messages that came, of those reported each \(Self.interval)",
                        Double(all.outcome.messages) / expected * 100,
                        "%",
                        target: .atLeast(90),
                        runs: 1
                    ),
                    Figure("a message at the median", all.outcome.medianMilliseconds, "ms", runs: 1),
                    Figure("the latest message", all.outcome.latestMilliseconds, "ms", target: .atMost(1_000), runs: 1),
                    Figure("the longest silence", all.outcome.longestSilenceMilliseconds, "ms", target: .atMost(1_000), runs: 1),
                    Figure(
                        "the latest message while \(Self.stalled) read nothing",
                        some.outcome.latestMilliseconds,
                        "ms",
                        target: .atMost(1_000),
                        runs: 1
                    ),
                    Figure(
                        "memory while \(Self.stalled) read nothing",
                        Double(some.kilobytes.last ?? 0) / 1e3,
                        "MB",
                        limit: ("a third of the time before", Double(some.kilobytes[some.kilobytes.count / 3]) / 1e3),
                        target: .atMost(Double(some.kilobytes[some.kilobytes.count / 3]) / 1e3 * 1.1),
                        runs: 1
                    ),
                ]
            }
        }
    }

    /// Has clients follow while progress is reported, and measures the service meanwhile.
    private func follow(
        _ pulse: ServedPulse,
        _ keys: [String],
        _ runs: [(tenant: UUID, run: RunReference)],
        _ store: Store,
        reading: Int,
        stalled: Int,
        seconds: Int
    ) async throws -> (outcome: Followers.Outcome, share: Double, kilobytes: [Int]) {
        let followers = try Child([
            "followers", "--port", "\(pulse.port)", "--keys", keys.joined(separator: ","), "--count", "\(reading)",
            "--stalled", "\(stalled)", "--seconds", "\(seconds)",
        ])
        defer { followers.stop() }
        _ = try followers.firstLine()
        let before = (try pulse.figures.processorSeconds, ContinuousClock.now)
        var kilobytes: [Int] = []
        let turns = seconds * 10 - 5
        for turn in 0..<turns {
            let due = before.1 + Self.interval * (turn + 1)
            for (tenant, run) in runs { try await store.reportProgress(Self.progress(of: run, turn), tenant: tenant) }
            if turn % 10 == 9 { kilobytes.append(try pulse.figures.anonymousKilobytes) }
            try await Task.sleep(until: due, clock: .continuous)
        }
        let share = (try pulse.figures.processorSeconds - before.0) / ((ContinuousClock.now - before.1) / .seconds(1))
        return (try JSONDecoder().decode(Followers.Outcome.self, from: try followers.finish()), share, kilobytes)
    }

    private static func progress(of run: RunReference, _ turn: Int) -> JobProgress {
        JobProgress(
            run: run,
            progress: Double(turn) / 100,
            operation: "\(Followers.mark)\(SharedClock.now)",
            processed: turn * 100,
            total: 1_000_000,
            failed: 0,
            rate: 1_000,
            etaSeconds: 60,
            embeddingRate: 500
        )
    }

    private static func folder() throws -> URL {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("pulse-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
