import Logging
import ServiceLifecycle

/// Runs long-lived things until the process is told to stop.
enum Services {
    /// SIGINT and SIGTERM ask for an orderly end; what has not ended after ten seconds is cancelled.
    static func run(_ services: [any Service], logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        configuration.maximumCancellationDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }
}
