import ArgumentParser
import Store

extension JobsCommand {
    struct EmergencyStop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop all jobs of the tenant by force, and let none start before `pulse jobs start-orchestrator`.",
            discussion: """
                Deliveries of webhooks wait as well. What is no job goes on: a `pulse reindex` that is running copies, and asks its \
                provider, until it is interrupted; it may be run again later.
                """
        )

        @OptionGroup var tenant: TenantOption

        @Option(help: "Why, for the record.")
        var why = ""

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let jobs = try await context.store.emergencyStop(tenant: tenant.id, by: JobsCommand.person, why: self.why)
                if self.json { return try Terminal.printJSON(jobs.map(Output.init)) }
                print("all jobs of \(tenant.name) are stopped, and none starts before `pulse jobs start-orchestrator`")
                if let building = try await context.store.buildingSpace(tenant: tenant.id) {
                    print(
                        "a move to \(building.space.provider) has begun; it is no job: where `pulse reindex` is running, it goes on and "
                            + "asks the provider until it is interrupted"
                    )
                }
            }
        }
    }

    struct StartOrchestrator: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an emergency stop. The vectorization goes on at once, the other jobs when each is resumed."
        )

        @OptionGroup var tenant: TenantOption

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                guard let halt = try await context.store.startOrchestrator(tenant: tenant.id) else {
                    return print("no emergency stop was in force for \(tenant.name)")
                }
                print("the emergency stop by \(halt.by) is over; `pulse jobs resume` lets each paused job go on")
            }
        }
    }
}
