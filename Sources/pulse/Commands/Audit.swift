import ArgumentParser
import Foundation
import Store
import Vectorization

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that what is in the rows is in the index, once; or say where it is not.",
        discussion: """
            Compares each row's document with the ledger and with the points in Qdrant, and then each point with the rows. Missing: \
            points that should be there. Surplus: points that no row accounts for. Stale: points that say something else than their row, \
            or are not of the ledger's generation. Foreign: something of another tenant or space in a point's place, and points of the \
            tenant where it is not. How the collection differs from its layout is said too; what only a new collection can \
            have is said and counts as no difference.

            With --repair, what differs is mended and worked off, and all is compared once more; texts whose vector is to be had are not \
            embedded again. An audit that was interrupted goes on with --resume.

            Exit code 1 where something differs, after a repair where something still does; 3 where nothing differs but rows wait in the \
            queue, so that nothing is proven of them.
            """
    )

    @OptionGroup var tenant: TenantOption

    @Flag(help: "Mend what differs.")
    var repair = false

    @Flag(help: "Go on where an audit that was interrupted has been.")
    var resume = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            guard try await context.store.liveSpace(tenant: tenant.id) != nil else {
                throw Failure("nothing of tenant \(tenant.name) is indexed yet; run `pulse vectorize --drain`")
            }
            let bar = ProgressBar("comparing")
            defer { bar.end() }
            var report = try await self.compare(tenant, repair: self.repair, resume: self.resume, context: context, bar: bar)
            var found: AuditReport?
            if self.repair, report.repaired > 0 || report.differences > 0 {
                let worker = VectorizationWorker(
                    store: context.store,
                    indexes: context.indexes,
                    reporter: RunReporter(store: context.store, recorder: context.journal, logger: context.logger),
                    policy: try context.settings.queuePolicy,
                    logger: context.logger
                )
                _ = try await context.writingJournal {
                    try await Interrupt.cancelling { try await worker.drain(tenant: tenant.id) }
                }
                found = report
                report = try await self.compare(tenant, repair: false, resume: false, context: context, bar: bar)
            }
            bar.end()
            if self.json {
                try Terminal.printJSON(AuditOutput(report, found: found))
            } else {
                if let found { Self.print(found, isMended: true) }
                Self.print(report, isMended: false)
            }
            if report.differences > 0 { throw ExitCode.failure }
            if report.queued > 0 { throw ExitCode(3) }
        }
    }

    private func compare(
        _ tenant: Tenant,
        repair: Bool,
        resume: Bool,
        context: Context,
        bar: ProgressBar
    ) async throws -> AuditReport {
        let audit = IndexAudit(store: context.store, indexes: context.indexes, qdrant: context.qdrant)
        return try await Interrupt.cancelling {
            try await audit.run(tenant: tenant.id, repair: repair, resume: resume) { compared in
                bar.show(done: compared, total: 0, detail: "entities")
            }
        }
    }

    private static func print(_ report: AuditReport, isMended: Bool) {
        var table = Table([
            .init("table"), .init("rows", .right), .init("points", .right), .init("queued", .right), .init("failed", .right),
            .init("missing", .right), .init("surplus", .right), .init("stale", .right), .init("foreign", .right),
        ])
        for row in report.tables {
            table.add(
                [row.table.rawValue]
                    + [row.rows, row.points, row.queued, row.failed, row.missing, row.surplus, row.stale, row.foreign]
                    .map(Terminal.count)
            )
        }
        table.print()
        for row in report.tables { for example in row.examples { Swift.print("  \(row.table.rawValue): \(example)") } }
        for (collection, count) in report.strays.sorted(by: { $0.key < $1.key }) {
            Swift.print("  foreign: \(Terminal.count(count)) points in \(collection), in a space that is not the tenant's")
        }
        if report.nameless > 0 { Swift.print("  surplus: \(Terminal.count(report.nameless)) points that name no entity") }
        for line in report.drift { Swift.print("  collection: \(line)") }
        for line in report.fixedSettings {
            Swift.print("  collection: \(line); only a new one can have it: set it back, or `pulse reindex` to another space")
        }
        if isMended {
            Swift.print("\(report.differences) differences; \(report.repaired) repaired or queued. After the repair:")
        } else if report.differences > 0 {
            Swift.print(Terminal.styled("\(report.differences) differences.", .red) + " `pulse audit --repair` repairs them.")
        } else if report.queued > 0 {
            Swift.print(
                "No differences so far; \(Terminal.count(report.queued)) rows are still queued and were not compared."
            )
        } else {
            Swift.print(Terminal.styled("No differences.", .green))
        }
    }
}

/// What `pulse audit --json` prints.
private struct AuditOutput: Encodable {
    struct Table: Encodable {
        var table: String
        var rows: Int
        var points: Int
        var queued: Int
        var failed: Int
        var missing: Int
        var surplus: Int
        var stale: Int
        var foreign: Int
        var examples: [String]
    }

    var tables: [Table]
    var strays: [String: Int]
    var nameless: Int
    var drift: [String]
    var fixedSettings: [String]
    var differences: Int
    /// Before the repair.
    var found: Int?
    var repaired: Int
    var seconds: Double

    init(_ report: AuditReport, found: AuditReport?) {
        self.tables = report.tables.map { table in
            Table(
                table: table.table.rawValue,
                rows: table.rows,
                points: table.points,
                queued: table.queued,
                failed: table.failed,
                missing: table.missing,
                surplus: table.surplus,
                stale: table.stale,
                foreign: table.foreign,
                examples: table.examples
            )
        }
        self.strays = report.strays
        self.nameless = report.nameless
        self.drift = report.drift
        self.fixedSettings = report.fixedSettings
        self.differences = report.differences
        self.found = found?.differences
        self.repaired = found?.repaired ?? report.repaired
        self.seconds = report.seconds + (found?.seconds ?? 0)
    }
}
