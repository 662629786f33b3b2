import ArgumentParser
import Foundation
import PulseModel
import Store
import Vectorization

struct Vectorize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn queued rows into vectors in Qdrant.",
        discussion: """
            With --drain, ends when the tenant's queue is empty, with exit code 1 where rows were given up. Without it, works on \
            until it is told to stop. May be killed at any moment and run again: rows that a killed process held come back when its \
            lease ends (PULSE_LEASE_SECONDS, 60, from 5 to 3600). A write without a clear answer is repeated once it can no longer \
            arrive (PULSE_WRITE_DEADLINE_SECONDS, 30, from 1 to 600).
            """
    )

    @OptionGroup var tenant: TenantOption

    @Flag(help: "End when the queue is empty.")
    var drain = false

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Rows per claim (default: 128, or enough to fill the provider's requests).")
    var batch: Int?

    func validate() throws {
        if let batch, !(1...10_000).contains(batch) { throw ValidationError("--batch is \(batch); it goes from 1 to 10000") }
    }

    private struct Output: Encodable {
        var indexed: Int
        var failed: Int
        var chunks: Int
        var embedded: Int
        var reused: Int
        var tokens: Int
        var seconds: Double
        var reasons: [String: String]
    }

    func run() async throws {
        try await Context.run { context in
            let policy = try context.settings.queuePolicy
            let tenant = try await self.tenant.find(in: context.store)
            // What is wrong with the provider or Qdrant is said at once, not by row.
            try await context.indexes.prepare(tenant: tenant.id)
            let bar = ProgressBar("vectorizing")
            defer { bar.end() }
            let reporter = RunReporter(store: context.store, recorder: context.journal, logger: context.logger) { id, progress in
                guard id == tenant.id else { return }
                let eta = progress.etaSeconds.map { "ETA \(Terminal.duration($0))" } ?? ""
                bar.show(
                    done: progress.processed + progress.failed,
                    total: progress.total,
                    detail: "\(String(format: "%.0f", progress.rate)) rows/s  \(eta)"
                )
            }
            let worker = VectorizationWorker(
                store: context.store,
                indexes: context.indexes,
                reporter: reporter,
                policy: policy,
                batch: self.batch,
                logger: context.logger
            )
            guard self.drain else {
                try await Services.run([context.journalWriter, worker], logger: context.logger)
                return
            }
            let report = try await context.writingJournal {
                try await Interrupt.cancelling { try await worker.drain(tenant: tenant.id) }
            }
            bar.end()
            if self.json {
                try Terminal.printJSON(
                    Output(
                        indexed: report.done,
                        failed: report.failed,
                        chunks: report.chunks,
                        embedded: report.embedded,
                        reused: report.reused,
                        tokens: report.tokens,
                        seconds: report.seconds,
                        reasons: report.reasons
                    )
                )
            } else {
                print(
                    "\(Terminal.count(report.done)) rows indexed in \(Terminal.duration(report.seconds)): "
                        + "\(Terminal.count(report.embedded)) texts embedded, \(Terminal.count(report.reused)) known already"
                )
                if report.failed > 0 {
                    print("\(Terminal.styled("\(report.failed) given up", .red)); `pulse failures` says why")
                }
            }
            if report.failed > 0 { throw ExitCode.failure }
        }
    }
}
