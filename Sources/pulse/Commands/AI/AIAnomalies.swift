import ArgumentParser
import Foundation
import Server
import Store

extension AICommand {
    struct Anomalies: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List metrics that are out of the ordinary, or acknowledge one.",
            discussion: """
                `pulse serve` looks for them every minute. One ends by itself once its metric has recovered; --all lists those too.
                """
        )

        @OptionGroup var tenant: TenantOption

        @Flag(help: "List resolved ones too.")
        var all = false

        @Option(help: "Maximum number of rows.")
        var limit = 50

        @Option(help: "Only ids below this one, for paging.")
        var before: Int?

        @Option(help: ArgumentHelp("Acknowledge this anomaly.", valueName: "id"))
        var acknowledge: Int?

        @Option(help: "With --acknowledge: for the record.")
        var note: String?

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard (1...10_000).contains(self.limit) else { throw ValidationError("--limit is \(self.limit); give 1 to 10000") }
            if self.note != nil, self.acknowledge == nil { throw ValidationError("--note goes with --acknowledge") }
        }

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                if let id = self.acknowledge {
                    let known = try await context.store.acknowledgeAnomaly(
                        id,
                        tenant: tenant.id,
                        by: AICommand.person,
                        note: self.note
                    )
                    guard let anomaly = known else {
                        throw Failure(
                            "tenant \(tenant.name) has no anomaly \(id); `pulse ai anomalies` lists those that there are"
                        )
                    }
                    guard anomaly.status != .resolved else { throw Failure("anomaly \(id) is over already") }
                    if self.json { return try Terminal.printJSON(AnomalyBody(anomaly)) }
                    return print("Acknowledged: \(Terminal.plain(anomaly.message))")
                }
                let anomalies = try await context.store.anomalies(
                    tenant: tenant.id,
                    statuses: self.all ? nil : [.open, .acknowledged],
                    before: self.before,
                    limit: self.limit
                )
                if self.json { return try Terminal.printJSON(anomalies.map(AnomalyBody.init)) }
                if anomalies.isEmpty { return print(self.all ? "There were no anomalies." : "Nothing is out of the ordinary.") }
                var table = Table([
                    .init("id", .right), .init("severity"), .init("status"), .init("since"), .init("type"), .init("what"),
                    .init("who"),
                ])
                for anomaly in anomalies {
                    table.add([
                        String(anomaly.id), anomaly.severity, anomaly.status.rawValue, AICommand.time(anomaly.openedAt),
                        anomaly.type,
                        anomaly.message, anomaly.resolvedBy ?? anomaly.acknowledgedBy ?? "",
                    ])
                }
                table.print()
            }
        }
    }
}
