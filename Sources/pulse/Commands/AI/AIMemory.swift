import ArgumentParser
import Foundation
import Store

extension AICommand {
    /// A remembered failure as JSON.
    struct MemoryOutput: Encodable {
        struct Attempt: Encodable {
            var action: String
            var afterSeconds: Double?
            var reason: String
            var at: Date
        }

        var id: Int
        var errorType: String
        var service: String
        var fingerprint: String
        var userIntent: String
        var failedQuery: String
        var specificIssue: String
        var occurrences: Int
        var firstSeenAt: Date
        var lastSeenAt: Date
        var tried: [Attempt]
        var openSince: Date?
        var resolution: String?
        var resolvedAfterSeconds: Double?
        var resolvedAt: Date?
        var selfHealed: Int
        var healedByHand: Int

        init(_ failure: RememberedFailure) {
            self.id = failure.id
            self.errorType = failure.errorType
            self.service = failure.service
            self.fingerprint = failure.fingerprint
            self.userIntent = failure.intent
            self.failedQuery = failure.failedQuery
            self.specificIssue = failure.issue
            self.occurrences = failure.occurrences
            self.firstSeenAt = failure.firstSeenAt
            self.lastSeenAt = failure.lastSeenAt
            self.tried = failure.tried.map {
                Attempt(action: $0.action, afterSeconds: $0.after, reason: $0.reason, at: $0.at)
            }
            self.openSince = failure.openSince
            self.resolution = failure.resolution
            self.resolvedAfterSeconds = failure.resolvedAfter
            self.resolvedAt = failure.resolvedAt
            self.selfHealed = failure.selfHealed
            self.healedByHand = failure.healedByHand
        }
    }

    struct Memory: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what has failed, once for each cause, with what ended it."
        )

        @OptionGroup var tenant: TenantOption

        @Option(help: "Only failures of this kind, as timeout or rate_limited.")
        var kind: String?

        @Flag(help: "Only failures that are not over.")
        var open = false

        @Option(help: "At most so many.")
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
                if self.json { return try Terminal.printJSON(failures.map(MemoryOutput.init)) }
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
