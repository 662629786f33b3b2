import Foundation
import Store

/// The JSON of `GET /api/v1/jobs`, of an emergency stop and of its end.
struct JobListBody: Encodable {
    struct Halt: Encodable {
        var by: String
        var at: Date
        var reason: String?
    }

    /// The emergency stop in force; absent where none is.
    var halted: Halt?
    var jobs: [JobBody]

    init(halt: OrchestratorHalt?, jobs: [StoredJob]) {
        self.halted = halt.map { Halt(by: $0.by, at: $0.at, reason: $0.reason) }
        self.jobs = jobs.map(JobBody.init)
    }
}
