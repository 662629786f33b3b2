import ArgumentParser
import Foundation
import PulseModel
import Store

struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Show the jobs of a tenant and what they have done; start, stop, pause and resume them.",
        discussion: "`pulse serve` runs them. A running job pauses after its next page; a stop takes up to ten seconds.",
        subcommands: [
            List.self, Start.self, Stop.self, Pause.self, Resume.self, Runs.self, EmergencyStop.self, StartOrchestrator.self,
        ],
        defaultSubcommand: List.self
    )

    /// Who commands, for the record.
    static var person: String { "\(ProcessInfo.processInfo.environment["USER"] ?? "somebody") at a terminal" }

    struct Output: Encodable {
        var job: String
        var integration: String?
        var state: String
        var request: String?
        var runByProcess: Bool
        var failures: Int
        var nextRunAt: Date?
        var lastStartedAt: Date?
        var lastSuccessAt: Date?
        var errorKind: String?
        var errorMessage: String?
        var recoveryTier: String?
        var recoveryReason: String?

        init(_ job: StoredJob) {
            self.job = job.kind.rawValue
            self.integration = job.integrationName
            self.state = job.state.rawValue
            self.request = job.request?.rawValue
            self.runByProcess = job.isOwned
            self.failures = job.failures
            self.nextRunAt = job.nextRunAt
            self.lastStartedAt = job.lastStartedAt
            self.lastSuccessAt = job.lastSuccessAt
            self.errorKind = job.errorKind
            self.errorMessage = job.errorMessage
            self.recoveryTier = job.recoveryTier?.rawValue
            self.recoveryReason = job.recoveryReason
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the jobs.")

        @OptionGroup var tenant: TenantOption

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let jobs = try await context.store.jobs(tenant: tenant.id)
                if self.json { return try Terminal.printJSON(jobs.map(Output.init)) }
                var table = Table([
                    .init("job"), .init("integration"), .init("state"), .init("last success"), .init("next run"),
                    .init("trouble"),
                ])
                for job in jobs {
                    table.add([
                        job.kind.rawValue, job.integrationName ?? "", JobsCommand.state(of: job),
                        JobsCommand.time(job.lastSuccessAt), JobsCommand.nextRun(of: job),
                        job.errorMessage.map { "\(job.errorKind ?? ""): \($0.prefix(100))" } ?? "",
                    ])
                }
                table.print()
                for job in jobs where job.state == .error {
                    guard let reason = job.recoveryReason else { continue }
                    print(Terminal.plain("\(job.kind.rawValue)\(job.integrationName.map { " of \($0)" } ?? ""): \(reason)"))
                }
                if let halt = try await context.store.halt(tenant: tenant.id) {
                    print("An emergency stop by \(halt.by) is in force since \(JobsCommand.time(halt.at)).")
                    print("`pulse jobs start-orchestrator` ends it.")
                }
            }
        }
    }

    /// Which job is commanded.
    struct JobOptions: ParsableArguments {
        @Argument(help: "github_job, jira_job, vectorization_job or sleep_job.")
        var name: String

        @OptionGroup var tenant: TenantOption

        @Option(help: "The integration's name, where the tenant has several.")
        var integration: String?

        @Flag(help: "Print JSON.")
        var json = false

        func give(_ command: JobCommand, force: Bool = false) async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let job = try await context.store.command(
                    command,
                    force: force,
                    job: self.name,
                    integration: self.integration,
                    tenant: tenant.id,
                    by: JobsCommand.person
                )
                if self.json { return try Terminal.printJSON(Output(job)) }
                print("\(job.kind.rawValue)\(job.integrationName.map { " of \($0)" } ?? ""): \(JobsCommand.state(of: job))")
            }
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Start a job now.")

        @OptionGroup var job: JobOptions

        @Flag(help: "In any state but RUNNING.")
        var force = false

        func run() async throws { try await self.job.give(.start, force: self.force) }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop a job within ten seconds; with --force at once.")

        @OptionGroup var job: JobOptions

        @Flag(help: "In any state, and without waiting for its process.")
        var force = false

        func run() async throws { try await self.job.give(.stop, force: self.force) }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Pause a job after its next page.")

        @OptionGroup var job: JobOptions

        func run() async throws { try await self.job.give(.pause) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a paused job go on.")

        @OptionGroup var job: JobOptions

        func run() async throws { try await self.job.give(.resume) }
    }

    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the last runs of a job.")

        @Argument(help: "github_job, jira_job, vectorization_job or sleep_job.")
        var name: String

        @OptionGroup var tenant: TenantOption

        @Option(help: "Only of the integration of this name.")
        var integration: String?

        @Option(help: "Maximum number of rows.")
        var limit = 20

        @Flag(help: "Print JSON.")
        var json = false

        private struct Output: Encodable {
            var id: String
            var integration: String?
            var state: String
            var startedAt: Date
            var finishedAt: Date?
            var seconds: Double
            var processed: Int
            var failed: Int
            var requests: Int?
            var bytes: Int?
            var databaseSeconds: Double?
            var cpuSeconds: Double?
            var peakMemoryBytes: Int?
            var summary: String?
            var errorKind: String?
            var errorMessage: String?
            var recoveryReason: String?
            var steps: [RunStep]
        }

        func validate() throws {
            guard (1...10_000).contains(self.limit) else { throw ValidationError("--limit is \(self.limit); give 1 to 10000") }
        }

        func run() async throws {
            guard JobKind(rawValue: self.name) != nil else { throw JobProblem.unknownJob(self.name) }
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let runs = try await context.store.runs(
                    tenant: tenant.id,
                    of: self.name,
                    integration: self.integration,
                    limit: self.limit
                )
                if self.json {
                    return try Terminal.printJSON(
                        runs.map { run in
                            Output(
                                id: run.id.uuidString.lowercased(),
                                integration: run.integration,
                                state: run.state,
                                startedAt: run.startedAt,
                                finishedAt: run.finishedAt,
                                seconds: run.duration,
                                processed: run.processed,
                                failed: run.failed,
                                requests: run.costs.requests,
                                bytes: run.costs.bytes,
                                databaseSeconds: run.costs.databaseSeconds,
                                cpuSeconds: run.costs.cpuSeconds,
                                peakMemoryBytes: run.costs.peakMemory,
                                summary: run.summary,
                                errorKind: run.errorKind,
                                errorMessage: run.errorMessage,
                                recoveryReason: run.recoveryReason,
                                steps: run.steps
                            )
                        }
                    )
                }
                var table = Table([
                    .init("started"), .init("integration"), .init("state"), .init("took", .right), .init("rows", .right),
                    .init("failed", .right), .init("requests", .right), .init("database", .right),
                    .init("process CPU", .right), .init("outcome"),
                ])
                for run in runs {
                    table.add([
                        JobsCommand.time(run.startedAt), run.integration ?? "", run.state, Terminal.duration(run.duration),
                        Terminal.count(run.processed), Terminal.count(run.failed), run.costs.requests.map(Terminal.count) ?? "",
                        run.costs.databaseSeconds.map(Terminal.duration) ?? "", run.costs.cpuSeconds.map(Terminal.duration) ?? "",
                        JobsCommand.outcome(of: run),
                    ])
                }
                table.print()
            }
        }
    }

    private static func state(of job: StoredJob) -> String {
        if let request = job.request { return "\(job.state.rawValue) (\(request.rawValue) requested)" }
        let isWaiting = job.state == .running && !job.isOwned && job.kind != .vectorization
        return job.state.rawValue + (isWaiting ? " (waiting for a worker)" : "")
    }

    private static func nextRun(of job: StoredJob) -> String {
        switch job.state {
        case .running, .paused: ""
        case .pending: "now"
        case .error where job.nextRunAt == nil: "by hand"
        case .notStarted, .finished, .error: self.time(job.nextRunAt)
        }
    }

    private static func outcome(of run: JobRun) -> String {
        guard let message = run.errorMessage else { return run.summary ?? "" }
        // What a person has asked for is no error.
        return run.state == "PAUSED" ? message : "\(run.errorKind ?? ""): \(message.prefix(100))"
    }

    private static func time(_ date: Date?) -> String {
        date.map { $0.formatted(.iso8601.dateTimeSeparator(.space)) } ?? ""
    }
}
