import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import Search
public import ServiceLifecycle
public import Store

/// The API, the progress channels and the web page, on one port.
public struct PulseServer: Service {
    private let configuration: ServerConfiguration
    private let store: Store
    private let search: SearchService
    private let readiness: @Sendable () async -> [ReadinessCheck]
    private let onServerRunning: @Sendable (_ port: Int) async -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - store: works as `pulse_app`; the caller closes it.
    ///   - readiness: asked by `GET /ready`, at most once a second; see ``ReadinessCheck/probing(_:within:_:)``.
    ///   - onServerRunning: is told the port once it is bound.
    public init(
        configuration: ServerConfiguration,
        store: Store,
        search: SearchService,
        readiness: @escaping @Sendable () async -> [ReadinessCheck],
        onServerRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in },
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.search = search
        self.readiness = readiness
        self.onServerRunning = onServerRunning
        self.logger = logger
    }

    /// Serves until the service is asked to stop; open progress channels are closed with 1001.
    ///
    /// - Throws: ``ServerError`` where the port cannot be had.
    public func run() async throws {
        do {
            try await self.application().run()
        } catch let error as IOError {
            throw Self.explanation(of: error, configuration: self.configuration)
        } catch let error as SocketAddressError {
            throw ServerError.addressUnavailable(host: self.configuration.host, reason: "\(error)")
        }
    }

    private static func explanation(of error: IOError, configuration: ServerConfiguration) -> any Error {
        switch error.errnoCode {
        case EADDRINUSE: ServerError.portInUse(host: configuration.host, port: configuration.port)
        case EACCES, EPERM: ServerError.portForbidden(port: configuration.port)
        case EADDRNOTAVAIL, EAFNOSUPPORT: ServerError.addressUnavailable(host: configuration.host, reason: "\(error)")
        default: error
        }
    }

    // MARK: Parts

    func application() -> some ApplicationProtocol {
        let store = self.store
        let search = self.search
        let authenticator = Authenticator { key in try await store.authenticate(apiKey: key) }
        let tickets = TicketOffice()
        let hub = ProgressHub(source: store, limits: self.configuration.progress, logger: self.logger)
        let gate = ProgressGate(
            authenticator: authenticator,
            tickets: tickets,
            counts: ConnectionCounts(limit: self.configuration.progress.connectionsPerTenant),
            allowedOrigins: self.configuration.allowedOrigins
        )
        let limits = self.configuration.progress
        let onServerRunning = self.onServerRunning

        let router = Router(context: PulseContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestMiddleware())
        ReadinessRoutes(readiness: CachedReadiness(checks: self.readiness)).add(to: router)
        PageRoutes().add(to: router)
        TicketRoutes.addExplanation(to: router)
        let api = router.group("/api/v1").add(middleware: AuthenticationMiddleware(authenticator: authenticator))
        SearchRoutes { request, tenant in try await search.search(request, tenant: tenant) }.add(to: api)
        StatusRoutes(store: store).add(to: api)
        JobRoutes(store: store).add(to: api)
        TicketRoutes(tickets: tickets).add(to: api)

        return Application(
            router: router,
            server: HTTPServerBuilder { responder in
                ProgressHTTPChannel(responder: responder, gate: gate, hub: hub, limits: limits, idleTimeout: .seconds(60))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(self.configuration.host, port: self.configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(self.configuration.maximumConnections)
            ),
            services: [hub],
            onServerRunning: { channel in await onServerRunning(channel.localAddress?.port ?? 0) },
            logger: self.logger
        )
    }
}
