import ArgumentParser
import Foundation
import PulseModel
import Qdrant
import Store

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show, table by table, what is in the sources' rows, the ledger and the index.",
        discussion: "Exit code 1 where rows wait, have failed, or rows, ledger and index differ."
    )

    @OptionGroup var tenant: TenantOption

    @Flag(help: "Print JSON.")
    var json = false

    private struct Row: Encodable {
        var table: String
        var rows: Int
        var waiting: Int
        var failed: Int
        var ledger: Int
        var entitiesWithPoints: Int
        var points: Int

        var agrees: Bool {
            self.rows == self.ledger && self.ledger == self.entitiesWithPoints && self.waiting == 0 && self.failed == 0
        }
    }

    private struct Output: Encodable {
        var tenant: String
        var space: String?
        var provider: String?
        var tables: [Row]
        var complete: Bool
    }

    func run() async throws {
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            let live = try await context.store.liveSpace(tenant: tenant.id)
            let counts = try await context.store.tableCounts(tenant: tenant.id, space: live?.space ?? "")
            var entities: [String: Int] = [:]
            var points: [String: Int] = [:]
            if let live {
                let vectors = context.qdrant.vectors(tenant: tenant.id, collection: live.collection, space: live.space)
                do {
                    points = try await vectors.counts(by: PayloadKey.table)
                    let first = PointFilter([.integer(key: PayloadKey.chunk, anyOf: [0])])
                    entities = try await vectors.counts(by: PayloadKey.table, filter: first)
                } catch let error as QdrantError where error.kind == .notFound {
                    // Nothing was written yet.
                }
            }
            let rows = counts.map { count in
                Row(
                    table: count.table.rawValue,
                    rows: count.rows,
                    waiting: count.waiting,
                    failed: count.failed,
                    ledger: count.ledgerEntities,
                    entitiesWithPoints: entities[count.table.rawValue] ?? 0,
                    points: points[count.table.rawValue] ?? 0
                )
            }
            let complete = rows.allSatisfy(\.agrees)
            if self.json {
                try Terminal.printJSON(
                    Output(tenant: tenant.name, space: live?.space, provider: live?.provider, tables: rows, complete: complete)
                )
            } else {
                Self.print(rows, complete: complete, live: live)
            }
            if !complete { throw ExitCode.failure }
        }
    }

    private static func print(_ rows: [Row], complete: Bool, live: TenantSpace?) {
        var table = Table([
            .init("table"), .init("rows", .right), .init("waiting", .right), .init("failed", .right), .init("ledger", .right),
            .init("in index", .right), .init("points", .right),
        ])
        func add(_ name: String, _ rows: [Row]) {
            func sum(_ value: (Row) -> Int) -> String { Terminal.count(rows.reduce(0) { $0 + value($1) }) }
            table.add([
                name, sum(\.rows), sum(\.waiting), sum(\.failed), sum(\.ledger), sum(\.entitiesWithPoints), sum(\.points),
            ])
        }
        for row in rows { add(row.table, [row]) }
        add("all", rows)
        table.print()
        let space = live.map { "Space \($0.space), provider \($0.provider). " } ?? "Nothing is indexed yet. "
        Swift.print(
            space
                + (complete
                    ? Terminal.styled("Rows, ledger and index agree.", .green)
                    : Terminal.styled("Rows, ledger and index differ, or rows wait: run `pulse vectorize --drain`.", .yellow))
        )
    }
}
