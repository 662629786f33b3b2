import PulseModel
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
                remedy: Self.remedy(for: refusal.transition)
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

    /// Only what does what was asked for: a forced stop is no pause.
    private static func remedy(for transition: JobTransition) -> String {
        let look = "look at the job's state with `GET /api/v1/jobs`"
        return switch transition {
        case .start, .resume: "\(look); `start?force=true` starts a job in any state but RUNNING"
        case .stop: "\(look); `stop?force=true` stops a job in any state"
        case .schedule, .finish, .fail, .retry, .release, .pause, .forceStart, .forceStop, .emergencyStop: look
        }
    }
}
