import Store

extension Problem {
    /// Why a job does not do what was asked.
    init(_ problem: JobProblem) {
        switch problem {
        case .unknownJob, .unknownIntegration:
            self = .notFound(problem.description, remedy: "`GET /api/v1/jobs` lists the jobs")
        case .integrationNeeded:
            self = .invalid("integration", problem.description, allowed: "add ?integration= with one of the names")
        case .refused(_, let refusal):
            self = Problem(
                status: .conflict,
                code: "refused_transition",
                title: "The job's state does not allow this",
                detail: problem.description,
                remedy: refusal.transition == .forceStart || refusal.transition == .start || refusal.transition == .resume
                    ? "look at the job's state with `GET /api/v1/jobs`; `?force=true` starts a job in any state but RUNNING"
                    : "look at the job's state with `GET /api/v1/jobs`; `?force=true` stops a job in any state"
            )
        case .halted:
            self = Problem(
                status: .conflict,
                code: "halted",
                title: "An emergency stop is in force",
                detail: problem.description,
                remedy: "an administrator ends it with `POST /api/v1/jobs/orchestrator/start`"
            )
        case .unreadable:
            self = .unavailable(problem.description, remedy: "use the newer version of the service")
        }
    }
}
