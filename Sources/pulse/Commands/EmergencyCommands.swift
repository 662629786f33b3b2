import ArgumentParser
import Store

extension JobsCommand {
    struct EmergencyStop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop all jobs of the tenant by force, and let none start before `pulse jobs start-orchestrator`."
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
