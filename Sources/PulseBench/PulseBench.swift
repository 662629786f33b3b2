import ArgumentParser

/// Measures Pulse beside the limits of the machine that it runs on; `Scripts/bench` starts what it needs and calls it.
@main
struct PulseBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pulse-bench",
        abstract: "Measure Pulse beside the limits of this machine.",
        subcommands: [
            Run.self, Worker.self, Provider.self, Player.self, SearchLoad.self, BareService.self, Followers.self,
            Extraction.self, PlayedSources.self,
        ],
        defaultSubcommand: Run.self
    )
}
