import Foundation
import Testing

@Suite("Several processes", .inSurroundings, .serialized)
struct ProcessesTests {
    /// One of the processes, and those who follow their tenant's progress at it.
    private struct Served {
        var program: RunningProgram
        var followers: [String: WebSocketClient]
    }

    private static let environment = CrashTests.quick.merging(["PULSE_LOG_LEVEL": "info"]) { $1 }
    private static let jobs = ["github_job", "jira_job", "sleep_job"]
    private static let channels = ["GitHub", "Jira"]

    @Test(
        "Killed at random under load, each job runs to its end once a schedule, and who follows at a survivor is told",
        arguments: [2, 3]
    )
    func killed(count: Int) async throws {
        try await World.with { world in
            let tenants = [try await world.tenant("acme"), try await world.tenant("other")]
            // Long enough to be killed in, under load of vectorization meanwhile.
            for path in ["/github", "/jira"] {
                try await world.sandbox.inject(["kind": "slow", "delay_ms": 400, "path": .text(path), "count": nil])
            }
            for tenant in tenants { try await world.pulse("jobs", "list", "--tenant", tenant.name) }
            let schedule = try await self.now(world)
            try await self.makeDue(world)
            var processes: [Served] = []
            do {
                for _ in 0..<count { processes.append(try await self.start(world, for: tenants[0])) }
                for _ in 0..<2 {
                    let victim = try await eventually("a process holds a job") { try await self.holder(in: processes, world) }
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...1_500)))
                    try await processes[victim].program.kill9()
                    // As a supervisor does.
                    processes[victim] = try await self.start(world, for: tenants[0])
                }
                let survivors = processes
                try await self.allFinished(since: schedule, of: tenants, world)
                try await self.expectOneEnd(since: schedule, of: tenants, world)
                #expect(try await world.database.count("SELECT count(*) FROM job_runs WHERE error_kind = 'crash'") > 0)

                // Each survivor's followers have been told of the very runs that came to the end.
                for process in survivors {
                    for channel in Self.channels {
                        let client = try #require(process.followers[channel])
                        let run = try await self.finishedRun(
                            "\(channel.lowercased())_job",
                            of: tenants[0],
                            since: schedule,
                            world
                        )
                        try await until("the end is told on \(channel)") {
                            try #require(client.trouble == nil, "\(channel)")
                            return client.messages.contains { $0["type"] == "job_completed" && $0["run_id"].text == run }
                        }
                        #expect(client.trouble == nil)
                        self.expectOrder(client.messages.filter { $0["run_id"].text == run })
                    }
                }

                // The next schedule finds everything in order.
                try await world.sandbox.heal()
                let next = try await self.now(world)
                try await self.makeDue(world)
                try await self.allFinished(since: next, of: tenants, world)
                try await self.expectOneEnd(since: next, of: tenants, world)
                for tenant in tenants {
                    try await until("the queue of \(tenant.name) is worked off") { try await world.queued(tenant) == 0 }
                    try await expectComplete(tenant, in: world)
                }
                try await expectSameContent(tenants[0], as: tenants[1], in: world)
            } catch {
                for process in processes { try? await process.program.kill9() }
                throw error
            }
            for process in processes { try await process.program.kill9() }
        }
    }

    // MARK: Parts

    private func start(_ world: World, for tenant: World.Tenant) async throws -> Served {
        let program = try world.start(["serve", "--port", "0"], environment: Self.environment)
        let mark = "pulse on "
        let url = try await eventually("a process starts") { () -> String? in
            try #require(program.isRunning, "\(program.errors)")
            return program.output.split(separator: "\n").first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
        }
        var followers: [String: WebSocketClient] = [:]
        for channel in Self.channels {
            followers[channel] = try await WebSocketClient.connect(to: "\(url)/ws/progress/\(channel)", key: tenant.key)
        }
        return Served(program: program, followers: followers)
    }

    private func makeDue(_ world: World) async throws {
        try await world.database.query(
            "UPDATE etl_jobs SET next_run_at = now() WHERE job_name = ANY (string_to_array($1::text, ','))",
            [.text(Self.jobs.joined(separator: ","))]
        )
    }

    private func now(_ world: World) async throws -> String { try await world.database.texts("SELECT now()::text")[0] }

    /// A process whose log says that it has started a run that is under way.
    private func holder(in processes: [Served], _ world: World) async throws -> Int? {
        let runs = try await world.database.texts(
            "SELECT run_id::text FROM etl_jobs WHERE status = 'RUNNING' AND owner IS NOT NULL"
        )
        let logs = processes.map { $0.program.errors.lowercased() }
        return logs.indices.filter { index in runs.contains { logs[index].contains($0) } }.randomElement()
    }

    /// Waits until each job has come to its end; meanwhile none is without a living process for a minute.
    private func allFinished(since schedule: String, of tenants: [World.Tenant], _ world: World) async throws {
        let all = tenants.count * Self.jobs.count
        try await until("all jobs have run", within: .seconds(240)) {
            let silence = try await world.database.count(
                """
                SELECT coalesce(max(extract(epoch FROM now() - heartbeat_at)), 0)::bigint FROM etl_jobs
                WHERE status = 'RUNNING' AND owner IS NOT NULL
                """
            )
            #expect(silence < 60, "a dead process's job was not taken over within a minute")
            return try await world.database.count(
                """
                SELECT count(*) FROM etl_jobs
                WHERE job_name = ANY (string_to_array($1::text, ',')) AND status = 'FINISHED' AND last_success_at > $2::text::timestamptz
                """,
                [.text(Self.jobs.joined(separator: ",")), .text(schedule)]
            ) == all
        }
    }

    /// Of each job one run has come to its end; others ended only because their process did.
    private func expectOneEnd(since schedule: String, of tenants: [World.Tenant], _ world: World) async throws {
        let lines = try await world.database.texts(
            """
            SELECT concat_ws(' ', t.name, r.job_name, r.state, r.error_kind, count(*))
            FROM job_runs r JOIN tenants t ON t.id = r.tenant_id
            WHERE r.started_at > $1::text::timestamptz AND r.job_name = ANY (string_to_array($2::text, ','))
            GROUP BY t.name, r.job_name, r.integration_id, r.state, r.error_kind ORDER BY 1
            """,
            [.text(schedule), .text(Self.jobs.joined(separator: ","))]
        )
        let ends = lines.filter { $0.contains("FINISHED") }
        let wanted = tenants.flatMap { tenant in Self.jobs.map { "\(tenant.name) \($0) FINISHED 1" } }.sorted()
        #expect(ends.sorted() == wanted, "\(lines)")
        #expect(lines.allSatisfy { $0.contains("FINISHED") || $0.contains(" crash ") }, "\(lines)")
    }

    private func finishedRun(_ job: String, of tenant: World.Tenant, since schedule: String, _ world: World) async throws
        -> String
    {
        let runs = try await world.database.texts(
            """
            SELECT id::text FROM job_runs
            WHERE tenant_id = $1::text::uuid AND job_name = $2::text AND state = 'FINISHED' AND started_at > $3::text::timestamptz
            """,
            [.text(tenant.identifier), .text(job), .text(schedule)]
        )
        return try #require(runs.first)
    }

    /// At most one start, rising progress, one end; who came amid the run has seen only the rest of it.
    private func expectOrder(_ messages: [JSON]) {
        #expect(messages.filter { $0["type"] == "job_started" }.count <= 1)
        #expect(messages.filter { $0["type"] == "job_completed" }.count == 1)
        #expect(messages.last?["type"] == "job_completed")
        let progress = messages.filter { $0["type"] == "job_progress" }.compactMap(\.["progress"].number)
        #expect(progress == progress.sorted())
    }
}
