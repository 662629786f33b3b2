import ArgumentParser
import Foundation
import Store

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "What sweeps of a source's ids have found missing.",
        subcommands: [Accept.self]
    )

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that what a stopped sweep found missing is really gone.",
            discussion: """
                A sweep stops where more than a twentieth of a list is missing, for a token that has lost its access looks just like \
                deletions; a few statuses, types, projects, boards or sprints go all the same. Once accepted, the next sync asks for each \
                missing one and deletes those that are gone.
                """
        )

        @OptionGroup var tenant: TenantOption

        @Option(help: "Only the integration of this name.")
        var integration: String?

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                var units = 0
                for integration in try await context.store.integrations(tenant: tenant.id)
                where self.integration == nil || integration.name == self.integration {
                    units += try await context.store.acceptSweeps(
                        tenant: tenant.id,
                        integration: integration.id,
                        by: "pulse sweep accept"
                    )
                }
                print(
                    units == 0
                        ? "No sweep is stopped." : "\(units) stopped sweeps are accepted; the next sync deletes what is gone."
                )
            }
        }
    }
}
