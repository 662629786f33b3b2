public import Foundation
public import PulseModel

extension Store {
    /// Tells memory and measurements of a failed run. It never fails, and a job's end does not depend on it.
    func learn(from job: ClaimedJob, kind: JobFailureKind, message: String, decision: RetryDecision) async {
        let failure = LearnedFailure(
            job.kind,
            integration: job.integration,
            named: job.integrationName,
            kind: kind,
            message: message,
            decision: decision
        )
        _ = try? await self.remember(failure, tenant: job.tenant)
        let measurement = PerformanceMeasurement(
            .jobFailures,
            1,
            service: "jobs",
            run: job.run.runID,
            labels: ["job": job.kind.rawValue, "kind": kind.rawValue]
        )
        _ = try? await self.record([measurement], tenant: job.tenant)
    }

    /// Remembers that a sync by hand has failed. It never fails itself.
    public func learn(
        fromFailedSync job: JobKind,
        tenant: UUID,
        integration: UUID,
        named name: String,
        kind: JobFailureKind,
        message: String
    ) async {
        let failure = LearnedFailure(
            errorType: kind.rawValue,
            service: job.rawValue,
            intent: job.intent,
            failedQuery: "\(job.rawValue) of the integration \(name), by hand",
            issue: message,
            subjects: [LearnedFailure.subject(ofJob: job, integration: integration)]
        )
        _ = try? await self.remember(failure, tenant: tenant)
    }

    /// Ends what the job had failed with. It never fails.
    func learn(fromSuccessOf job: ClaimedJob) async {
        let how = job.failures == 0 ? "the job ran through" : "the job ran through after \(job.failures) failures in a row"
        _ = try? await self.resolveFailures(subjects: [job.subject], how: how, tenant: job.tenant)
    }
}

extension LearnedFailure {
    /// A failed run of a job.
    init(
        _ job: JobKind,
        integration: UUID?,
        named name: String?,
        kind: JobFailureKind,
        message: String,
        decision: RetryDecision
    ) {
        self.init(
            errorType: kind.rawValue,
            service: job.rawValue,
            intent: job.intent,
            failedQuery: name.map { "\(job.rawValue) of the integration \($0)" } ?? job.rawValue,
            issue: message,
            subjects: [LearnedFailure.subject(ofJob: job, integration: integration)],
            attempts: [
                Attempt(
                    action: decision.delay == nil ? "wait" : "retry",
                    after: decision.delay?.inSeconds,
                    reason: decision.reason
                )
            ]
        )
    }
}
