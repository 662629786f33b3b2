import ArgumentParser
import Foundation
import Server
import Store

extension AICommand {
    struct Memory: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what has failed, once for each cause, with what ended it."
        )

        @OptionGroup var tenant: TenantOption

        @Option(help: "Only failures of this kind, as timeout or rate_limited.")
        var kind: String?

        @Flag(help: "Only failures that are not over.")
        var open = false

        @Option(help: "Maximum number of rows.")
        var limit = 50

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard (1...10_000).contains(self.limit) else { throw ValidationError("--limit is \(self.limit); give 1 to 10000") }
        }

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let failures = try await context.store.rememberedFailures(
                    tenant: tenant.id,
                    errorType: self.kind,
                    isOpen: self.open ? true : nil,
                    limit: self.limit
                )
                if self.json { return try Terminal.printJSON(failures.map(RememberedFailureBody.init)) }
                if failures.isEmpty { return print("Nothing has failed.") }
                var table = Table([
                    .init("last seen"), .init("kind"), .init("service"), .init("times", .right), .init("over"), .init("what"),
                    .init("what ended it"),
                ])
                for failure in failures {
                    let lasted = failure.resolvedAfter.map { " after \(Terminal.duration($0))" } ?? ""
                    table.add([
                        AICommand.time(failure.lastSeenAt), failure.errorType, failure.service,
                        Terminal.count(failure.occurrences),
                        failure.openSince == nil ? "yes" : "no", String(failure.issue.prefix(100)),
                        failure.resolution.map { $0 + lasted } ?? "",
                    ])
                }
                table.print()
            }
        }
    }
}
