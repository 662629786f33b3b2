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
        let authenticator = Authenticator(lookUp: { key in try await store.authenticate(apiKey: key) })
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

        let table = self.table(tickets: tickets, authenticator: authenticator)
        let router = Router(context: PulseContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestMiddleware(table: table))
        table.mount(
            on: router,
            authenticator: authenticator,
            budgets: RequestBudgets(quota: self.configuration.requestsPerMinute),
            repeats: RepeatedRequests(store: store, cipher: nil)
        )

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

    /// Every address of the service. New topics enter here.
    private func routeSets(tickets: TicketOffice, authenticator: Authenticator) -> [any RouteSet] {
        let search = self.search
        return [
            PageRoutes(),
            ReadinessRoutes(readiness: CachedReadiness(checks: self.readiness)),
            SearchRoutes { request, tenant in try await search.search(request, tenant: tenant) },
            StatusRoutes(store: self.store),
            VectorizationRoutes(store: self.store),
            JobRoutes(store: self.store),
            TicketRoutes(tickets: tickets),
        ]
    }

    func table(tickets: TicketOffice, authenticator: Authenticator) -> RouteTable {
        let routes = self.routeSets(tickets: tickets, authenticator: authenticator).flatMap(\.routes)
        let description = OpenAPIRoutes(describing: routes, version: self.configuration.version)
        return RouteTable(routes + description.routes)
    }
}
