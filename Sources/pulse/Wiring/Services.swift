import Logging
import ServiceLifecycle

/// Runs long-lived things until the process is told to stop.
enum Services {
    /// SIGINT and SIGTERM ask for an orderly end; what has not ended four seconds after `drain` is cancelled, and has as long again to
    /// give back what it holds.
    ///
    /// - Parameters:
    ///   - services: end in the reverse order, one after the other.
    ///   - drain: how long a server still answers.
    static func run(_ services: [any Service], drain: Duration = .zero, logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = max(drain, .seconds(1)) + .seconds(4)
        configuration.maximumCancellationDuration = .seconds(4)
        try await ServiceGroup(configuration: configuration).run()
    }
}
