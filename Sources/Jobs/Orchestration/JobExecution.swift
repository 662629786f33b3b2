import Foundation
import Logging
import PulseModel
import Store

/// One run of one job: the work itself, its progress, and what is written when it ends.
struct JobExecution {
    let entry: RunningJobs.Entry
    let store: Store
    let policy: OrchestratorPolicy
    /// Knows what became of such failures before; nil where nobody does.
    let advisor: (any RecoveryAdvising)?
    let logger: Logger

    private enum Part: Sendable {
        case ended(Result<JobOutcome, any Error>)
        case cancelled
        case reported
    }

    /// Runs the job to its end, or until it is cancelled through its control.
    func run(_ job: any Job) async -> Result<JobOutcome, any Error> {
        let (context, control) = (self.entry.context, self.entry.control)
        return await withTaskGroup(of: Part.self) { group in
            group.addTask {
                do { return .ended(.success(try await job.run(context))) } catch { return .ended(.failure(error)) }
            }
            group.addTask {
                await control.cancelled()
                return .cancelled
            }
            group.addTask {
                await self.report()
                return .reported
            }
            var result: Result<JobOutcome, any Error> = .failure(CancellationError())
            for await part in group {
                switch part {
                case .ended(let ended):
                    result = ended
                    group.cancelAll()
                case .cancelled: group.cancelAll()
                case .reported: continue
                }
            }
            return result
        }
    }

    /// Tells the job's channel of its progress, and cancels a job that shows no life, until it is cancelled itself.
    private func report() async {
        let context = self.entry.context
        let started = ContinuousClock.now
        var alive = started
        var last = (word: context.meter.word, pages: 0)
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            context.meter.sample()
            let now = (word: context.meter.word, pages: context.store.pages)
            guard now.word != last.word || now.pages != last.pages else {
                let silence = ContinuousClock.now - max(alive, now.word.quietUntil)
                if silence >= self.policy.stall { self.entry.control.cancel(.stalled(silence)) }
                continue
            }
            alive = .now
            last = now
            let tally = context.tally
            let seconds = (alive - started) / .seconds(1)
            do {
                try await self.store.reportProgress(
                    JobProgress(
                        run: self.reference,
                        progress: now.word.share,
                        operation: now.word.operation,
                        processed: tally.processed,
                        // How much a source still holds is not known before it is read.
                        total: tally.processed,
                        failed: tally.failed,
                        rate: seconds > 0 ? (Double(tally.processed) / seconds * 10).rounded() / 10 : 0,
                        etaSeconds: nil,
                        embeddingRate: nil
                    ),
                    tenant: context.tenant
                )
            } catch {
                if !Task.isCancelled { self.logger.warning("progress cannot be reported", metadata: ["error": "\(error)"]) }
            }
        }
    }

    private var reference: RunReference {
        let run = self.entry.job.run
        return RunReference(jobName: run.jobName, channel: run.channel, runID: run.runID, at: Date())
    }

    // MARK: Ending

    /// Writes what the run has come to, also where the process goes: then it tries twice at most. Where the database stays away, the job
    /// is taken over once it is back.
    func settle(_ result: Result<JobOutcome, any Error>, seconds: Double) async {
        // Whatever a job threw when the whole orchestrator was cancelled says nothing about the job.
        if Task.isCancelled { self.entry.control.cancel(.shutdown) }
        for attempt in 0..<8 {
            do {
                // In a task of its own: a cancelled one gets no connection.
                let state = try await Task { try await self.write(result, seconds: seconds) }.value
                self.logger.info("a job ends", metadata: ["state": "\(state?.rawValue ?? "taken by another run")"])
                return
            } catch {
                guard !Task.isCancelled || attempt == 0 else { return }
                self.logger.warning("a job's end cannot be written; trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(250 << min(attempt, 5)))
            }
        }
    }

    private func write(_ result: Result<JobOutcome, any Error>, seconds: Double) async throws -> JobState? {
        let (job, context) = (self.entry.job, self.entry.context)
        if context.store.interruption == .fenced || self.entry.control.reason == .fenced { return nil }
        if case .stalled(let silence) = self.entry.control.reason {
            let minutes = Int(silence / .seconds(60))
            return try await self.fail(.stalled, "neither a page nor a word for \(minutes) minutes", retryAt: nil)
        }
        switch result {
        case .success(let outcome) where context.store.interruption == nil:
            var tally = outcome.tally ?? context.tally
            tally.costs = context.costs
            return try await self.store.finish(
                job,
                tally: tally,
                summary: outcome.summary,
                seconds: seconds,
                steps: outcome.steps.isEmpty ? context.meter.steps : outcome.steps
            )
        case .success: return try await self.release()
        case .failure(let error):
            // What a job throws on its way out of a cancellation says nothing about the job.
            if context.store.interruption != nil || self.entry.control.reason != nil || error is CancellationError {
                return try await self.release()
            }
            if error is RunFenced { return nil }
            guard let failure = error as? JobFailure else {
                // It may name hosts or statements, which are not the tenant's to see.
                self.logger.error("a job has failed unforeseen", metadata: ["error": "\(error)"])
                return try await self.fail(.unavailable, "an unforeseen error; the service's log says which", retryAt: nil)
            }
            return try await self.fail(failure.kind, failure.message, retryAt: failure.retryAt)
        }
    }

    private func release() async throws -> JobState? {
        try await self.store.release(
            self.entry.job,
            tally: self.entry.context.tally,
            steps: self.entry.context.meter.steps,
            isClosed: self.entry.control.reason == .closed
        )
    }

    private func fail(_ kind: JobFailureKind, _ message: String, retryAt: Date?) async throws -> JobState? {
        let job = self.entry.job
        let strategy = await self.strategy(kind, message)
        // A long first synchronization that is interrupted again and again comes nearer to its end each time.
        let hasProgressed = self.entry.context.store.result.written > 0
        let decision = RetryDecision(
            kind: kind,
            failures: hasProgressed ? 1 : job.failures + 1,
            fastRecovery: job.kind.fastRecovery,
            retryAfter: retryAt.map { .seconds(max(0, $0.timeIntervalSinceNow)) },
            strategy: strategy,
            policy: self.policy.retry,
            random: .random(in: 0..<1)
        )
        self.logger.warning(
            "a job has failed",
            metadata: [
                "kind": "\(kind.rawValue)", "message": "\(message)", "recovery": "\(decision.tier.rawValue)",
                "why": "\(decision.reason)",
            ]
        )
        return try await self.store.fail(
            job,
            tally: self.entry.context.tally,
            kind: kind,
            message: message,
            decision: decision,
            hasProgressed: hasProgressed,
            steps: self.entry.context.meter.steps
        )
    }

    /// What the memory suggests. A memory that cannot be asked, or that takes long, is done without: the failure's kind decides then.
    private func strategy(_ kind: JobFailureKind, _ message: String) async -> RecoveryStrategy? {
        guard let advisor = self.advisor else { return nil }
        let (job, tenant) = (self.entry.job.kind.rawValue, self.entry.job.tenant)
        let limit = self.policy.adviceLimit
        return await withTaskGroup(of: RecoveryStrategy?.self) { group in
            group.addTask {
                try? await advisor.strategy(errorType: kind.rawValue, service: job, issue: message, tenant: tenant)
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
