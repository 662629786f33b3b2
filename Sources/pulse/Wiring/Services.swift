import Logging
import ServiceLifecycle

/// Runs long-lived things until the process is told to stop.
enum Services {
    /// SIGINT and SIGTERM ask for an orderly end; what has not ended after five seconds is cancelled, and has as long again to give
    /// back what it holds.
    static func run(_ services: [any Service], logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        configuration.maximumCancellationDuration = .seconds(4)
        try await ServiceGroup(configuration: configuration).run()
    }
}
