import ArgumentParser
import Foundation
import Store
import Vectorization

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that what is in the rows is in the index, once; or say where it is not.",
        discussion: """
            Compares each row's document with the ledger and with the points in Qdrant. Exit code 1 where something differs, 3 where nothing \
            differs but rows wait in the queue, so that nothing is proven of them. With \
            --repair, queues what is missing or stale and deletes what belongs to nothing; then run `pulse vectorize --drain`.
            """
    )

    @OptionGroup var tenant: TenantOption

    @Flag(help: "Mend what differs.")
    var repair = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        struct Table: Encodable {
            var table: String
            var rows: Int
            var points: Int
            var queued: Int
            var failed: Int
            var missing: Int
            var surplus: Int
            var stale: Int
            var examples: [String]
        }

        var tables: [Table]
        var drift: [String]
        var differences: Int
        var repaired: Int
        var seconds: Double
    }

    func run() async throws {
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            guard try await context.store.liveSpace(tenant: tenant.id) != nil else {
                throw Failure("nothing of tenant \(tenant.name) is indexed yet; run `pulse vectorize --drain`")
            }
            let audit = IndexAudit(store: context.store, indexes: context.indexes, qdrant: context.qdrant)
            let bar = ProgressBar("comparing")
            defer { bar.end() }
            let report = try await audit.run(tenant: tenant.id, repair: self.repair) { compared in
                bar.show(done: compared, total: 0, detail: "entities")
            }
            bar.end()
            if self.json {
                try Terminal.printJSON(
                    Output(
                        tables: report.tables.map { table in
                            Output.Table(
                                table: table.table.rawValue,
                                rows: table.rows,
                                points: table.points,
                                queued: table.queued,
                                failed: table.failed,
                                missing: table.missing,
                                surplus: table.surplus,
                                stale: table.stale,
                                examples: table.examples
                            )
                        },
                        drift: report.drift,
                        differences: report.differences,
                        repaired: report.repaired,
                        seconds: report.seconds
                    )
                )
            } else {
                self.print(report)
            }
            if report.differences > 0 { throw ExitCode.failure }
            if report.tables.contains(where: { $0.queued > 0 }) { throw ExitCode(3) }
        }
    }

    private func print(_ report: AuditReport) {
        var table = Table([
            .init("table"), .init("rows", .right), .init("points", .right), .init("queued", .right), .init("failed", .right),
            .init("missing", .right),
            .init("surplus", .right), .init("stale", .right),
        ])
        for row in report.tables {
            table.add(
                [row.table.rawValue]
                    + [row.rows, row.points, row.queued, row.failed, row.missing, row.surplus, row.stale].map(Terminal.count)
            )
        }
        table.print()
        for row in report.tables { for example in row.examples { Swift.print("  \(row.table.rawValue): \(example)") } }
        for line in report.drift { Swift.print("  collection: \(line)") }
        let queued = report.tables.reduce(0) { $0 + $1.queued }
        if report.differences == 0 {
            Swift.print(
                queued == 0
                    ? Terminal.styled("Nothing differs.", .green)
                    : "Nothing differs so far; \(Terminal.count(queued)) rows wait in the queue, of which nothing is proven yet."
            )
        } else if self.repair {
            Swift.print(
                "\(report.differences) differences; \(report.repaired) entities mended or queued. Run `pulse vectorize --drain`."
            )
        } else {
            Swift.print(Terminal.styled("\(report.differences) differences.", .red) + " `pulse audit --repair` mends them.")
        }
    }
}
