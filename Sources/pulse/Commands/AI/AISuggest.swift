import AIOps
import ArgumentParser
import Foundation
import PulseModel
import Server

extension AICommand {
    struct Suggest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say how a failure is best met, from what became of failures like it."
        )

        @Argument(help: "The failure's text.")
        var error: String

        @OptionGroup var tenant: TenantOption

        @Option(help: "Its kind, where it is known, as timeout or authentication.")
        var kind: String?

        @Option(help: "Who failed: a job, a provider.")
        var service: String?

        @Option(help: "Maximum number of similar failures.")
        var limit = 5

        @Flag(help: "Print JSON.")
        var json = false

        private struct Output: Encodable {
            struct Similar: Encodable {
                var similarity: Double
                var failure: RememberedFailureBody
            }

            var attempts: Int
            var factor: Double
            var jitter: Bool
            var manual: Bool
            var pTransient: Double
            var pConfiguration: Double
            var fromMemory: Bool
            var reason: String
            var resolution: String?
            var comparedBy: String
            var similar: [Similar]
        }

        func validate() throws {
            guard (0...50).contains(self.limit) else { throw ValidationError("--limit is \(self.limit); give 0 to 50") }
            guard !self.error.allSatisfy(\.isWhitespace) else { throw ValidationError("give the failure's text") }
        }

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let suggestion = try await context.memory.suggest(
                    errorType: self.kind,
                    service: self.service,
                    issue: self.error,
                    tenant: tenant.id,
                    limit: self.limit
                )
                let strategy = suggestion.strategy
                if self.json {
                    return try Terminal.printJSON(
                        Output(
                            attempts: strategy.attempts,
                            factor: strategy.factor,
                            jitter: strategy.hasJitter,
                            manual: strategy.isManual,
                            pTransient: strategy.transient,
                            pConfiguration: strategy.configuration,
                            fromMemory: strategy.isFromMemory,
                            reason: strategy.reason,
                            resolution: strategy.resolution,
                            comparedBy: suggestion.comparison.rawValue,
                            similar: suggestion.similar.map {
                                Output.Similar(similarity: $0.similarity, failure: RememberedFailureBody($0.failure))
                            }
                        )
                    )
                }
                print(Terminal.plain(strategy.reason))
                guard !suggestion.similar.isEmpty else { return }
                print("")
                var table = Table([
                    .init("alike", .right), .init("kind"), .init("service"), .init("what"), .init("what ended it"),
                ])
                for similar in suggestion.similar {
                    table.add([
                        String(format: "%.2f", similar.similarity), similar.failure.errorType, similar.failure.service,
                        String(similar.failure.issue.prefix(100)), similar.failure.resolution ?? "",
                    ])
                }
                table.print()
            }
        }
    }
}
