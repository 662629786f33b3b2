import ArgumentParser
import Connectors
import Foundation
import Store

struct ExtractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Make rows again from the records that were kept, without asking any source.",
        discussion: """
            What has changed since a record was fetched stays, and what was deleted since stays deleted. Rows that come out otherwise \
            than they stand are written and queued.
            """
    )

    @OptionGroup var tenant: TenantOption

    @Flag(help: "Rebuild from stored records (required).")
    var replay = false

    @Option(help: "Only the integration of this name.")
    var integration: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        var integration: String
        var records: Int
        var written: Int
        var unchanged: Int
        var queued: Int
        var rejected: Int
        var seconds: Double
    }

    func validate() throws {
        if !self.replay { throw ValidationError("add --replay; to fetch from a source, use `pulse sync`") }
    }

    func run() async throws {
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            let integrations = try await context.store.integrations(tenant: tenant.id).filter {
                self.integration == nil || $0.name == self.integration
            }
            guard !integrations.isEmpty else {
                throw Failure("tenant \(tenant.name) has no such integration; `pulse integration list` shows those it has")
            }
            var outputs: [Output] = []
            for integration in integrations {
                outputs.append(try await self.extract(integration, tenant: tenant, context: context))
            }
            if self.json { try Terminal.printJSON(outputs) }
        }
    }

    private func extract(_ integration: StoredIntegration, tenant: Tenant, context: Context) async throws -> Output {
        let definition: IntegrationDefinition
        do {
            definition = try IntegrationDefinition(json: integration.configuration.utf8)
        } catch {
            throw Failure("integration \(integration.name): \(error)")
        }
        let bar = ProgressBar(integration.name)
        let start = Date()
        let replay = Replay(definition, store: context.store, tenant: tenant.id, integration: integration.id)
        let report = try await replay.run { bar.show(done: $0, total: 0, detail: "records") }
        bar.end()
        let seconds = Date().timeIntervalSince(start)
        if !self.json {
            print(
                "\(integration.name): \(Terminal.count(report.records)) records, \(Terminal.count(report.result.written)) rows "
                    + "written, \(Terminal.count(report.result.unchanged)) unchanged, \(Terminal.count(report.result.queued)) queued in "
                    + Terminal.duration(seconds)
            )
            for (kind, count) in report.unread.sorted(by: { $0.key < $1.key }) {
                print("  \(Terminal.count(count)) records of kind \(kind) are not read")
            }
        }
        return Output(
            integration: integration.name,
            records: report.records,
            written: report.result.written,
            unchanged: report.result.unchanged,
            queued: report.result.queued,
            rejected: report.result.rejected,
            seconds: seconds
        )
    }
}
