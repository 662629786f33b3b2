import Foundation
import Hummingbird
import Logging
import PulseModel
import Store

/// The tenant's jobs: how they stand, what they have done, and commands to them.
struct JobRoutes: Sendable {
    let store: Store

    private static let runLimits = 1...500

    func add(to group: RouterGroup<PulseContext>) {
        group.get("/jobs") { request, context in
            let principal = try context.requirePrincipal()
            _ = try QueryParameters(request.uri.query, known: [])
            return try await self.list(tenant: principal.tenant)
        }
        group.get("/jobs/:name") { request, context in
            let principal = try context.requirePrincipal()
            _ = try QueryParameters(request.uri.query, known: [])
            let kind = try Self.kind(context)
            let jobs = try await self.store.jobs(tenant: principal.tenant, named: kind.rawValue)
            guard !jobs.isEmpty else { throw Problem(.unknownJob(kind.rawValue)) }
            return try JSONAnswer.response(["jobs": jobs.map(JobBody.init)])
        }
        group.get("/jobs/:name/runs") { request, context in
            let principal = try context.requirePrincipal()
            let parameters = try QueryParameters(request.uri.query, known: ["integration", "limit"])
            let runs = try await self.store.runs(
                tenant: principal.tenant,
                of: try Self.kind(context).rawValue,
                integration: try parameters.one("integration").map(Self.storable),
                limit: try Self.limit(try parameters.one("limit"))
            )
            return try JSONAnswer.response(["runs": runs.map(JobRunBody.init)])
        }
        group.post("/jobs/emergency-stop") { request, context in
            let principal = try context.requirePrincipal(.administrator)
            let parameters = try QueryParameters(request.uri.query, known: ["why"])
            let jobs = try await self.store.emergencyStop(
                tenant: principal.tenant,
                by: Self.name(of: principal),
                why: try parameters.one("why").map { String($0.prefix(500)) } ?? ""
            )
            context.logger.warning("emergency stop", metadata: ["key": "\(principal.key)"])
            return try JSONAnswer.response(JobListBody(halt: try await self.store.halt(tenant: principal.tenant), jobs: jobs))
        }
        group.post("/jobs/orchestrator/start") { request, context in
            let principal = try context.requirePrincipal(.administrator)
            _ = try QueryParameters(request.uri.query, known: [])
            let ended = try await self.store.startOrchestrator(tenant: principal.tenant)
            if ended != nil { context.logger.info("emergency stop ended", metadata: ["key": "\(principal.key)"]) }
            return try await self.list(tenant: principal.tenant)
        }
        for command in JobCommand.allCases {
            group.post("/jobs/:name/\(command.rawValue)") { request, context in
                try await self.run(command, request: request, context: context)
            }
        }
    }

    private func run(_ command: JobCommand, request: Request, context: PulseContext) async throws -> Response {
        let principal = try context.requirePrincipal(.operator)
        let parameters = try QueryParameters(
            request.uri.query,
            known: ["integration"] + (command.canBeForced ? ["force", "why"] : [])
        )
        let force = try Self.flag("force", try parameters.one("force"))
        let kind = try Self.kind(context)
        let job: StoredJob
        do {
            job = try await self.store.command(
                command,
                force: force,
                job: kind.rawValue,
                integration: try parameters.one("integration").map(Self.storable),
                tenant: principal.tenant,
                by: Self.name(of: principal),
                why: try parameters.one("why").map { String($0.prefix(500)) } ?? ""
            )
        } catch let problem as JobProblem {
            throw Problem(problem)
        }
        context.logger.info(
            "a job was commanded",
            metadata: [
                "job": "\(kind.rawValue)", "command": "\(command.rawValue)", "force": "\(force)", "key": "\(principal.key)",
            ]
        )
        // What a running job was asked is done a little later.
        return try JSONAnswer.response(JobBody(job), status: job.request == nil ? .ok : .accepted)
    }

    private func list(tenant: UUID) async throws -> Response {
        try JSONAnswer.response(
            JobListBody(halt: try await self.store.halt(tenant: tenant), jobs: try await self.store.jobs(tenant: tenant))
        )
    }

    private static func name(of principal: Principal) -> String { "key \(principal.key.uuidString.lowercased())" }

    private static func kind(_ context: PulseContext) throws -> JobKind {
        let name = context.parameters.get("name") ?? ""
        guard let kind = JobKind(rawValue: name) else { throw Problem(.unknownJob(name)) }
        return kind
    }

    private static func flag(_ name: String, _ text: String?) throws(Problem) -> Bool {
        switch text {
        case nil, "false": false
        case "true": true
        case let other?: throw Problem.invalid(name, "\(other.prefix(100)) is not allowed", allowed: "give true or false")
        }
    }

    private static func limit(_ text: String?) throws(Problem) -> Int {
        guard let text else { return 50 }
        guard let number = Int(text), Self.runLimits.contains(number) else {
            throw Problem.invalid(
                "limit",
                "\(text.prefix(100)) is not allowed",
                allowed: "give a whole number from \(Self.runLimits.lowerBound) to \(Self.runLimits.upperBound)"
            )
        }
        return number
    }

    /// PostgreSQL's text holds no zero byte; no integration's name does either.
    private static func storable(_ name: String) -> String { name.replacing("\0", with: "\u{fffd}") }
}
