import Foundation
import Jobs
import PulseModel
import Store
import Synchronization

/// A job that does what a test says, and counts its runs.
final class ScriptedJob: Job {
    let kind: JobKind
    private let body: @Sendable (JobContext) async throws -> JobOutcome
    private let started = Mutex<[UUID]>([])

    init(_ kind: JobKind, _ body: @escaping @Sendable (JobContext) async throws -> JobOutcome = { _ in .init(summary: "done") }) {
        self.kind = kind
        self.body = body
    }

    /// The tenants it was run for, in order.
    var tenants: [UUID] { self.started.withLock { $0 } }
    var runs: Int { self.tenants.count }

    func run(_ context: JobContext) async throws -> JobOutcome {
        self.started.withLock { $0.append(context.tenant) }
        return try await self.body(context)
    }

    /// Writes pages `from` the checkpoint on, one each `every`, as a connector does: the cursor is the number of the next.
    static func paging(_ kind: JobKind, pages: Int, every: Duration = .milliseconds(50)) -> ScriptedJob {
        ScriptedJob(kind) { context in
            guard let integration = context.integration else { throw JobFailure(.configuration, "no integration") }
            let stored = try await context.store.checkpoint(tenant: context.tenant, integration: integration, unit: "pages")
            for number in (stored?.cursor.flatMap { Int($0) } ?? 0)..<pages {
                try await Task.sleep(for: every)
                _ = try await context.store.write(.numbered(number), tenant: context.tenant, integration: integration)
            }
            return JobOutcome(summary: "all pages")
        }
    }
}

extension IngestionPage {
    /// A page that leaves one raw record and moves the checkpoint past itself.
    static func numbered(_ number: Int) -> IngestionPage {
        var page = IngestionPage(fetchedAt: Date())
        page.raw.append(RawRecord(kind: "page", stableID: String(number), body: "{}"))
        page.checkpoint = Checkpoint(unit: "pages", cursor: String(number + 1), watermark: nil)
        return page
    }
}
