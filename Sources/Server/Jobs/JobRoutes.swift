import Foundation
import Hummingbird
import Logging
import PulseModel
import Store

/// The tenant's jobs: how they stand, what they have done, and commands to them.
struct JobRoutes: RouteSet {
    let store: Store

    var routes: [Route] {
        self.reading + [self.emergencyStop, self.startOrchestrator] + JobCommand.allCases.map(self.route)
    }

    // MARK: Looking

    private var reading: [Route] {
        [
            Route(
                .get,
                "/api/v1/jobs",
                id: "listJobs",
                access: .viewer,
                tag: .jobs,
                summary: "All jobs of the tenant",
                answers: [.ok(JobListBody.schema, "The jobs.")]
            ) { call in try await self.list(call) },
            Route(
                .get,
                "/api/v1/jobs/{job_name}",
                id: "getJob",
                access: .viewer,
                tag: .jobs,
                summary: "One job, once for each integration that has it",
                parameters: [Self.name],
                answers: [.ok(.object(.required("jobs", .list(of: JobBody.schema))), "The job.")]
            ) { call in
                let name = call.path("job_name")
                let jobs = try await self.store.jobs(tenant: try call.tenant, named: name)
                guard !jobs.isEmpty else { throw Problem(.unknownJob(name)) }
                return try call.answer(["jobs": jobs.map(JobBody.init)])
            },
            Route(
                .get,
                "/api/v1/jobs/{job_name}/runs",
                id: "listJobRuns",
                access: .viewer,
                tag: .jobs,
                summary: "What the job has done, the newest run first",
                parameters: [Self.name, Self.integration, .limit(), .cursor],
                answers: [.ok(.page("runs", of: JobRunBody.schema), "The runs.")]
            ) { call in
                let limit = call.integer("limit") ?? 50
                let runs = try await self.store.runs(
                    tenant: try call.tenant,
                    of: call.path("job_name"),
                    integration: call.text("integration"),
                    before: try call.cursor(1).map { values in
                        guard let id = UUID(uuidString: values[0]) else { throw Problem.unknownCursor }
                        return id
                    },
                    limit: limit + 1
                )
                return try call.answer(
                    PageBody("runs", runs, limit: limit, cursor: { PageCursor($0.id.uuidString) }, JobRunBody.init)
                )
            },
        ]
    }

    // MARK: Commands

    private var emergencyStop: Route {
        Route(
            .post,
            "/api/v1/jobs/emergency-stop",
            id: "emergencyStop",
            access: .administrator,
            tag: .jobs,
            summary: "Stop all jobs of the tenant by force, and let none start",
            details: """
                `POST /api/v1/jobs/orchestrator/start` ends it. Who stopped, and why, is recorded. Deliveries of webhooks wait as well. \
                A move to another provider (`pulse reindex`) is no job and goes on until its process is interrupted.
                """,
            parameters: [Self.why],
            answers: [.ok(JobListBody.schema, "The jobs, all paused.")]
        ) { call in
            let tenant = try call.tenant
            let jobs = try await self.store.emergencyStop(tenant: tenant, by: call.actor, why: call.text("why") ?? "")
            call.logger.warning("emergency stop", metadata: ["by": "\(call.actor)"])
            return try call.answer(JobListBody(halt: try await self.store.halt(tenant: tenant), jobs: jobs))
        }
    }

    private var startOrchestrator: Route {
        Route(
            .post,
            "/api/v1/jobs/orchestrator/start",
            id: "startOrchestrator",
            access: .administrator,
            tag: .jobs,
            summary: "End an emergency stop",
            details: "Jobs that it paused stay so until each is resumed; only the vectorization goes on at once.",
            answers: [.ok(JobListBody.schema, "The jobs.")]
        ) { call in
            let ended = try await self.store.startOrchestrator(tenant: try call.tenant)
            if ended != nil { call.logger.info("emergency stop ended", metadata: ["by": "\(call.actor)"]) }
            return try await self.list(call)
        }
    }

    private func route(_ command: JobCommand) -> Route {
        Route(
            .post,
            "/api/v1/jobs/{job_name}/\(command.rawValue)",
            id: "\(command.rawValue)Job",
            access: .operator,
            tag: .jobs,
            summary: Self.summary(of: command),
            parameters: [Self.name, Self.integration]
                + (command.canBeForced
                    ? [.query("force", .boolean, "Whether to do it from states that allow no ordinary one."), Self.why] : []),
            answers: [
                .ok(JobBody.schema, "It is done; the job as it stands now."),
                .accepted(JobBody.schema, "The running job is asked, and does it at its next page or within ten seconds."),
            ],
            problems: [.conflict("The job's state does not allow it, or an emergency stop is in force; `detail` says why.")]
        ) { call in try await self.run(command, call) }
    }

    private func run(_ command: JobCommand, _ call: RouteCall) async throws -> Response {
        let name = call.path("job_name")
        let force = call.flag("force")
        let job: StoredJob
        do {
            job = try await self.store.command(
                command,
                force: force,
                job: name,
                integration: call.text("integration"),
                tenant: try call.tenant,
                by: call.actor,
                why: call.text("why") ?? ""
            )
        } catch let problem as JobProblem {
            throw Problem(problem)
        }
        call.logger.info(
            "a job was commanded",
            metadata: ["job": "\(name)", "command": "\(command.rawValue)", "force": "\(force)", "by": "\(call.actor)"]
        )
        // What a running job was asked is done a little later.
        return try call.answer(JobBody(job), status: job.request == nil ? .ok : .accepted)
    }

    private func list(_ call: RouteCall) async throws -> Response {
        let tenant = try call.tenant
        return try call.answer(
            JobListBody(halt: try await self.store.halt(tenant: tenant), jobs: try await self.store.jobs(tenant: tenant))
        )
    }

    // MARK: Parameters

    private static let name = RouteParameter.path("job_name", .choice(of: JobKind.self), "The job.")
    private static let integration = RouteParameter.query(
        "integration",
        .text(.plain(1...200)),
        "The integration's name; needed where the tenant has several of the job."
    )
    private static let why = RouteParameter.query("why", .text(.plain(0...500)), "For the record.")

    private static func summary(of command: JobCommand) -> String {
        switch command {
        case .start: "Start the job now"
        case .stop: "Stop the job within ten seconds; what was done so far is kept"
        case .pause: "Pause the job after its next page"
        case .resume: "Go on where the job was paused or stopped"
        }
    }
}
