import ArgumentParser
import Foundation
import PulseModel
import Store

struct Failures: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what could not be taken or indexed, with the reason; send it back into the queue.",
        subcommands: [List.self, Requeue.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List given-up rows, rejected records and failed units.")

        @OptionGroup var tenant: TenantOption

        @Option(help: "Of each kind at most.")
        var limit = 50

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard (1...10_000).contains(self.limit) else {
                throw ValidationError("--limit is \(self.limit); it goes from 1 to 10000")
            }
        }

        private struct Output: Encodable {
            struct Row: Encodable {
                var table: String
                var externalId: String
                var kind: String?
                var reason: String?
            }

            struct Delay: Encodable {
                var table: String
                var kind: String
                var reason: String?
                var rows: Int
                var nextAttempt: Date
            }

            struct Record: Encodable {
                var integration: String
                var kind: String
                var identity: String
                var reason: String
                var occurrences: Int
            }

            var rows: [Row]
            /// Rows that have failed and are tried again.
            var waiting: [Delay]
            var records: [Record]
            var units: [Record]
        }

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let rows = try await context.store.deadLetters(tenant: tenant.id, limit: self.limit)
                let delays = try await context.store.delays(tenant: tenant.id, limit: self.limit)
                let records = try await context.store.rejections(tenant: tenant.id, limit: self.limit)
                let units = try await context.store.failedUnits(tenant: tenant.id)
                if self.json {
                    func output(_ record: Rejection) -> Output.Record {
                        Output.Record(
                            integration: record.integration,
                            kind: record.kind,
                            identity: record.identity,
                            reason: record.reason,
                            occurrences: record.occurrences
                        )
                    }
                    try Terminal.printJSON(
                        Output(
                            rows: rows.map {
                                .init(table: $0.table, externalId: $0.externalID, kind: $0.kind, reason: $0.reason)
                            },
                            waiting: delays.map {
                                .init(
                                    table: $0.table,
                                    kind: $0.kind,
                                    reason: $0.reason,
                                    rows: $0.rows,
                                    nextAttempt: $0.nextAttempt
                                )
                            },
                            records: records.map(output),
                            units: units.map(output)
                        )
                    )
                    return
                }
                if rows.isEmpty && delays.isEmpty && records.isEmpty && units.isEmpty { print("Nothing failed.") }
                for row in rows {
                    print(Terminal.plain("\(row.table)  \(row.externalID)  \(row.kind ?? "")  \(row.reason ?? "")"))
                }
                for delay in delays {
                    let seconds = max(0, Int(delay.nextAttempt.timeIntervalSinceNow.rounded(.up)))
                    let rows = "\(Terminal.count(delay.rows)) rows wait, the first for \(seconds) s"
                    print(Terminal.plain("\(delay.table)  \(rows)  \(delay.kind)  \(delay.reason ?? "")"))
                }
                for record in records + units {
                    print(Terminal.plain("\(record.integration)  \(record.kind)  \(record.identity)  \(record.reason)"))
                }
            }
        }
    }

    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send given-up rows back into the queue, and have those tried at once that wait after a failure."
        )

        @OptionGroup var tenant: TenantOption

        @Option(help: "Only rows of this table.")
        var table: String?

        @Option(help: "Only rows that failed so: \(FailureKind.allCases.map(\.rawValue).joined(separator: ", ")).")
        var kind: String?

        func run() async throws {
            let table = try self.table.map { name in
                guard let table = EntityTable(rawValue: name) else {
                    let known = EntityTable.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Failure("--table is \(name); the tables are \(known)")
                }
                return table
            }
            let kind = try self.kind.map { name in
                guard let kind = FailureKind(rawValue: name) else { throw StoreError.unknownKind(name) }
                return kind
            }
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let count = try await context.store.requeue(tenant: tenant.id, table: table, kind: kind)
                let hastened = try await context.store.hasten(
                    tenant: tenant.id,
                    table: table,
                    kinds: kind.map { [$0] } ?? FailureKind.allCases
                )
                print("\(Terminal.count(count)) rows are queued again; \(Terminal.count(hastened)) that waited are tried now.")
            }
        }
    }
}
