import Foundation
import Postgres
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Runs and what their channel hears of them", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct RunTests {
    private func message(_ json: String) throws -> ProgressMessage {
        try JSONDecoder().decode(ProgressMessage.self, from: Data(json.utf8))
    }

    private func types(_ world: World, channel: ProgressChannel = .vectorization, after: Int = 0) async throws -> [String] {
        try await world.store.messages(tenant: world.tenant.id, channel: channel, after: after).events.map { event in
            switch try self.message(event.message) {
            case .started: "started"
            case .progress: "progress"
            case .completed: "completed"
            case .failed: "failed"
            }
        }
    }

    private func lastCosts(_ world: World) async throws -> RunCosts? {
        try await world.store.runs(tenant: world.tenant.id, of: "job").first?.costs
    }

    private func start(_ world: World, channel: ProgressChannel = .vectorization) async throws -> RunReference {
        try await world.store.startRun(tenant: world.tenant.id, integration: nil, jobName: "job", channel: channel, total: 10)
    }

    private func report(_ world: World, _ run: RunReference, done: Int, open: Int, failed: Int = 0) async throws -> JobProgress? {
        try await world.store.reportWork(
            tenant: world.tenant.id,
            run: run,
            done: done,
            failed: failed,
            open: open,
            rate: 1,
            embeddingRate: nil,
            operation: "indexing"
        )
    }

    @Test("What processes report of a run's costs adds up; what nobody measured is absent and not 0")
    func costs() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let run = try await self.start(world)
            _ = try await self.report(world, run, done: 1, open: 4)
            let none = try await self.lastCosts(world)
            #expect(none == RunCosts())
            for requests in [0, 3, 4] {
                _ = try await world.store.reportWork(
                    tenant: tenant,
                    run: run,
                    done: 1,
                    failed: 0,
                    open: 1,
                    costs: RunCosts(requests: requests, databaseSeconds: 0.25),
                    rate: 1,
                    embeddingRate: nil,
                    operation: "indexing"
                )
                let sofar = try await self.lastCosts(world)
                if requests == 0 { #expect(sofar == RunCosts(requests: 0, databaseSeconds: 0.25)) }
            }
            try await world.store.completeWork(tenant: tenant, run: run)
            let all = try await self.lastCosts(world)
            #expect(all == RunCosts(requests: 7, databaseSeconds: 0.75))
        }
    }

    @Test("What processes report of a run's steps, processor and memory comes together in its record")
    func shared() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let joined = try await world.store.joinRun(
                tenant: tenant,
                jobName: "vectorization_job",
                channel: .vectorization,
                total: 10
            )
            let run = try #require(joined)
            let reports = [
                (2.0, 300, [RunStep("embed", count: 5, seconds: 0.5, detail: "texts")]),
                (
                    1.0, 500,
                    [RunStep("failed content", failed: 1, detail: "too long"), RunStep("embed", count: 2, seconds: 0.25)]
                ),
                (0.5, 400, [RunStep("failed content", failed: 2, detail: "refused")]),
                (0.5, 400, []),
            ]
            for (processor, memory, steps) in reports {
                _ = try await world.store.reportWork(
                    tenant: tenant,
                    run: run,
                    done: 1,
                    failed: 0,
                    open: 1,
                    costs: RunCosts(requests: 1, databaseSeconds: 0.25, cpuSeconds: processor, peakMemory: memory),
                    steps: steps,
                    rate: 1,
                    embeddingRate: nil,
                    operation: "indexing"
                )
            }
            try await world.store.completeWork(tenant: tenant, run: run)
            let kept = try #require(try await world.store.runs(tenant: tenant, of: "vectorization_job").first)
            #expect(kept.costs == RunCosts(requests: 4, databaseSeconds: 1, cpuSeconds: 4, peakMemory: 500))
            #expect(
                kept.steps == [
                    RunStep("embed", count: 7, seconds: 0.75), RunStep("failed content", failed: 3, detail: "refused"),
                ]
            )
        }
    }

    @Test("A sync by hand tells what it has cost, whether it went well or failed")
    func costsByHand() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let known = RunCosts(requests: 0, bytes: 0, cpuSeconds: 1.5)
            let error = JobError(run: try await self.start(world), kind: "sync", message: "no answer", retryAt: nil)
            try await world.store.failRun(error, costs: known, tenant: tenant)
            let failed = try await self.lastCosts(world)
            #expect(failed == known)
            let run = try await self.start(world)
            let completed = JobCompleted(run: run, processed: 1, failed: 0, durationSeconds: 1, summary: "")
            try await world.store.completeRun(completed, costs: known, tenant: tenant)
            let finished = try await self.lastCosts(world)
            #expect(finished == known)
        }
    }

    @Test("Events are numbered within their run and come in the order of their happening; other channels hear nothing")
    func order() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let first = try await self.start(world)
            let second = try await self.start(world)
            _ = try await self.start(world, channel: .jira)
            try await world.store.failRun(
                JobError(run: first, kind: "transient", message: "gone\0", retryAt: nil),
                tenant: tenant
            )
            try await world.store.completeWork(tenant: tenant, run: second)
            #expect(try await self.types(world) == ["started", "started", "failed", "completed"])
            #expect(try await self.types(world, channel: .jira) == ["started"])
            #expect(try await self.types(world, channel: .github) == [])
            let numbers = try await world.database.query("SELECT seq FROM job_events WHERE channel = 'Vectorization' ORDER BY id")
                .map { try $0.decode("seq", as: Int.self) }
            #expect(numbers == [1, 1, 2, 2])
            let events = try await world.store.messages(tenant: tenant, channel: .vectorization, after: 0).events
            #expect(try await self.types(world, after: events[1].id) == ["failed", "completed"])
            let newcomer = try await world.store.latestMessages(tenant: tenant, channel: .vectorization)
            #expect(newcomer.lastEvent == events[3].id && newcomer.messages == [events[3].message])
            // Another tenant hears nothing of it.
            let other = try await world.database.tenant("other")
            #expect(try await world.store.messages(tenant: other.id, channel: .vectorization, after: 0).events.isEmpty)
            #expect(try await world.store.latestMessages(tenant: other.id, channel: .vectorization).messages.isEmpty)
        }
    }

    @Test("A run is closed once, whoever tries to close it how often and at once")
    func closedOnce() async throws {
        try await World.with { world in
            let run = try await self.start(world)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        if index.isMultiple(of: 2) {
                            try await world.store.completeWork(tenant: world.tenant.id, run: run)
                        } else {
                            try await world.store.failRun(
                                JobError(run: run, kind: "k", message: "m", retryAt: nil),
                                tenant: world.tenant.id
                            )
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await self.types(world).count == 2)
            #expect(try await self.report(world, run, done: 5, open: 0) == nil)
            #expect(try await world.store.messages(tenant: world.tenant.id, channel: .vectorization, after: 0).progress.isEmpty)
        }
    }

    @Test("A run whose process is gone is closed as failed; one that is heard of is left alone")
    func abandoned() async throws {
        try await World.with { world in
            let dead = try await self.start(world)
            let alive = try await self.start(world)
            try await world.database.query("UPDATE job_runs SET heartbeat_at = now() - interval '2 min'")
            _ = try await self.report(world, alive, done: 1, open: 1)
            for _ in 0..<2 {
                try await world.store.closeAbandonedRuns(
                    tenant: world.tenant.id,
                    channel: .vectorization,
                    olderThan: .seconds(60)
                )
            }
            let events = try await world.store.messages(tenant: world.tenant.id, channel: .vectorization, after: 0).events
            #expect(events.count == 3)
            guard case .failed(let error)? = try events.last.map({ try self.message($0.message) }) else {
                Issue.record("the last event is no error")
                return
            }
            #expect(error.run.runID == dead.runID && error.kind == "crash")
        }
    }

    @Test("Processes that join at once share one run, which is started once")
    func joining() async throws {
        try await World.with { world in
            for round in 0..<5 {
                let runs = try await withThrowingTaskGroup(of: UUID?.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            try await world.store.joinRun(
                                tenant: world.tenant.id,
                                jobName: "job",
                                channel: .vectorization,
                                total: 3
                            )?.runID
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(Set(runs).count == 1, "round \(round)")
                let run = try #require(runs.first ?? nil)
                try await world.store.completeWork(
                    tenant: world.tenant.id,
                    run: RunReference(jobName: "job", channel: .vectorization, runID: run, at: Date())
                )
            }
            #expect(try await self.types(world) == Array(repeating: ["started", "completed"], count: 5).flatMap(\.self))
        }
    }

    @Test("Progress never goes backwards, and of reports at once none is lost", arguments: 0..<4)
    func progress(seed: Int) async throws {
        try await World.with { world in
            let run = try await self.start(world)
            let watcher = Task {
                var shares: [Double] = []
                while !Task.isCancelled {
                    let progress = try await world.store.messages(tenant: world.tenant.id, channel: .vectorization, after: 0)
                        .progress
                    if let json = progress.first?.message, case .progress(let message) = try self.message(json) {
                        shares.append(message.progress)
                    }
                }
                return shares
            }
            let returned = try await withThrowingTaskGroup(of: [Double].self) { group in
                for process in 0..<4 {
                    group.addTask {
                        var dice = SeededRandom(seed: UInt64(seed * 10 + process))
                        var shares: [Double] = []
                        for _ in 0..<20 {
                            let open = Int.random(in: 0...100, using: &dice)
                            if let progress = try await self.report(world, run, done: 2, open: open, failed: 1) {
                                shares.append(progress.progress)
                            }
                        }
                        return shares
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            watcher.cancel()
            let seen = (try? await watcher.value) ?? []
            for shares in returned + [seen] { #expect(shares == shares.sorted() && shares.allSatisfy { (0...100).contains($0) }) }
            let row = try await world.database.query("SELECT processed, failed, progress_seq FROM job_runs")[0]
            #expect(try row.decode("processed", as: Int.self) == 160)
            #expect(try row.decode("failed", as: Int.self) == 80)
            #expect(try row.decode("progress_seq", as: Int.self) == 80)
            // Neither does a report that says less by itself.
            let less = JobProgress(
                run: run,
                progress: 0,
                operation: "late",
                processed: 160,
                total: 999,
                failed: 80,
                rate: 0,
                etaSeconds: nil,
                embeddingRate: nil
            )
            try await world.store.reportProgress(less, tenant: world.tenant.id)
            let newcomer = try await world.store.latestMessages(tenant: world.tenant.id, channel: .vectorization).messages
            guard case .progress(let latest)? = try newcomer.first.map({ try self.message($0) }) else {
                Issue.record("a newcomer is not shown the progress")
                return
            }
            #expect(latest.operation == "late" && latest.progress == returned.joined().max())
            try await world.store.completeWork(tenant: world.tenant.id, run: run)
            let last = try await world.store.messages(tenant: world.tenant.id, channel: .vectorization, after: 0).events.last
            guard case .completed(let completed)? = try last.map({ try self.message($0.message) }) else {
                Issue.record("the last event is no completion")
                return
            }
            #expect(completed.processed == 160 && completed.failed == 80)
        }
    }

    @Test("Who listens hears of each change, and after a broken session is told to read again")
    func listening() async throws {
        try await World.with { world in
            var changes = world.store.channelChanges().makeAsyncIterator()
            let expected = ChannelChange(tenant: world.tenant.id, channel: .github)
            for _ in 0..<3 {
                // nil: connected, read everything again.
                #expect(await changes.next() == .some(nil))
                _ = try await self.start(world, channel: .github)
                #expect(await changes.next() == .some(expected))
                let ended = try await world.database.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'
                    """
                ).count
                #expect(ended == 1)
            }
            #expect(await changes.next() == .some(nil))
            #expect(try await self.types(world, channel: .github).count == 3)
        }
    }

    @Test("Workers are woken by what enters the queue, once it has entered")
    func queueWakes() async throws {
        try await World.with { world in
            var wakes = world.store.queueChanges().makeAsyncIterator()
            #expect(await wakes.next() != nil)
            try await world.jira(at: 0) { $0.workItems = [World.issue("1", "PAY-1")] }
            #expect(await wakes.next() != nil)
            #expect(try await world.store.backlog().pending == 1)
        }
    }
}
