public import Foundation
public import PulseModel

/// Why a job cannot do what was asked of it.
public enum JobProblem: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownJob(String)
    case unknownIntegration(String, job: String)
    /// The tenant has several; the names of them.
    case integrationNeeded(job: String, among: [String])
    case refused(job: String, RefusedTransition)
    /// An emergency stop holds all jobs of the tenant.
    case halted(by: String, at: Date)
    case unreadable(name: String, state: String)

    public var description: String {
        switch self {
        case .unknownJob(let name):
            "there is no job \(name.prefix(100)); the jobs are \(JobKind.allCases.map(\.rawValue).joined(separator: ", ")), the first "
                + "two where a source of theirs is connected"
        case .unknownIntegration(let name, let job): "\(job) has no integration \(name.prefix(100))"
        case .integrationNeeded(let job, let names):
            "\(job) exists once per integration; choose one of: \(names.joined(separator: ", "))"
        case .refused(let job, let refusal): "\(job): \(refusal)"
        case .halted(let by, let at):
            "an emergency stop by \(by) holds all jobs since \(at.formatted(.iso8601)); an administrator ends it with "
                + "`pulse jobs start-orchestrator` or POST /api/v1/jobs/orchestrator/start"
        case .unreadable(let name, let state):
            "the database was created by a newer Pulse (it names a job \(name) in the state \(state)); run that version"
        }
    }
}
