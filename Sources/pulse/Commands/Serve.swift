import ArgumentParser
import Vectorization

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service until it is told to stop.")

    func run() async throws {
        try await Context.run { context in
            let worker = VectorizationWorker(
                store: context.store,
                indexes: context.indexes,
                reporter: RunReporter(store: context.store, logger: context.logger),
                logger: context.logger
            )
            try await Services.run([worker], logger: context.logger)
        }
    }
}
