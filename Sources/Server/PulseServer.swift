public import AIOps
import Foundation
import Hummingbird
import HummingbirdCore
import Insights
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
    private let memory: LearningMemory
    private let parts: ServerParts
    private let readiness: @Sendable () async -> [ReadinessCheck]
    private let webhookSecrets: @Sendable (_ integration: WebhookIntegration) async throws -> [UInt8]?
    private let onServerRunning: @Sendable (_ port: Int) async -> Void
    private let logger: Logger
    private let stopping = Stopping()

    /// - Parameters:
    ///   - store: works as `pulse_app`; the caller closes it.
    ///   - memory: of failures; nil compares them by their words.
    ///   - parts: what else it needs from the floors beside it.
    ///   - readiness: asked by `GET /ready`, at most once a second; see ``ReadinessCheck/probing(_:within:_:)``.
    ///   - webhookSecrets: the secret with which an integration's deliveries are signed; nil where it has none. Throws where it cannot
    ///     be read now.
    ///   - onServerRunning: is told the port once it is bound.
    public init(
        configuration: ServerConfiguration,
        store: Store,
        search: SearchService,
        memory: LearningMemory? = nil,
        parts: ServerParts = ServerParts(),
        readiness: @escaping @Sendable () async -> [ReadinessCheck],
        webhookSecrets: @escaping @Sendable (_ integration: WebhookIntegration) async throws -> [UInt8]? = { _ in nil },
        onServerRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in },
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.search = search
        self.memory = memory ?? LearningMemory(store: store, logger: logger) { _ in throw NoVectors() }
        self.parts = parts
        self.readiness = readiness
        self.webhookSecrets = webhookSecrets
        self.onServerRunning = onServerRunning
        self.logger = logger
    }

    /// Serves until the service is asked to stop: first `/ready` says so, for load balancers to look elsewhere, while everything is
    /// still answered; then the listener closes, and open progress channels end with 1001.
    ///
    /// - Throws: ``ServerError`` where the port cannot be had.
    public func run() async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [self.application()], logger: self.logger)
        )
        let (stopping, drain, logger) = (self.stopping, self.configuration.drain, self.logger)
        do {
            // Not a child: it would hear of the stop at once, and close the listener.
            let serving = Task.detached { try await group.run() }
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await serving.value
                } onGracefulShutdown: {
                    stopping.begin()
                    logger.info("stopping: not ready any more, and closing in \(drain)")
                    Task.detached {
                        try? await Task.sleep(for: drain)
                        await group.triggerGracefulShutdown()
                    }
                }
            } onCancel: {
                serving.cancel()
            }
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
        let authenticator = self.authenticator()
        let audits = self.parts.audits.map { AuditOffice(store: store, auditing: $0, logger: self.logger) }
        let tickets = TicketOffice(store: store)
        let hub = ProgressHub(source: store, limits: self.configuration.progress, logger: self.logger)
        let access = AccessWatch(lifetime: self.configuration.progress.accessInterval / 2) { principal in
            try await store.isInForce(principal)
        }
        let budgets = RequestBudgets(quota: self.configuration.requestsPerMinute)
        let gate = ProgressGate(
            authenticator: authenticator,
            budgets: budgets,
            tickets: tickets,
            counts: ConnectionCounts(limit: self.configuration.progress.connectionsPerTenant),
            allowedOrigins: self.configuration.allowedOrigins,
            proxies: self.configuration.trustedProxies
        )
        let limits = self.configuration.progress
        let onServerRunning = self.onServerRunning

        let table = self.table(tickets: tickets, authenticator: authenticator, audits: audits)
        let router = Router(context: PulseContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestMiddleware(table: table, proxies: self.configuration.trustedProxies))
        table.mount(
            on: router,
            authenticator: authenticator,
            budgets: budgets,
            repeats: RepeatedRequests(store: store, cipher: self.parts.cipher),
            bodyDeadline: self.configuration.bodyDeadline
        )

        return Application(
            router: router,
            server: HTTPServerBuilder { responder in
                ProgressHTTPChannel(
                    responder: responder,
                    gate: gate,
                    hub: hub,
                    access: access,
                    limits: limits,
                    idleTimeout: .seconds(60)
                )
            },
            configuration: ApplicationConfiguration(
                address: .hostname(self.configuration.host, port: self.configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(self.configuration.maximumConnections)
            ),
            services: [hub] + (audits.map { [$0] } ?? []),
            onServerRunning: { channel in await onServerRunning(channel.localAddress?.port ?? 0) },
            logger: self.logger
        )
    }

    private func authenticator() -> Authenticator {
        let store = self.store
        let callers = self.parts.tokens.map { trust in
            TokenCallers(
                verifier: TokenVerifier(trust: trust),
                tenantNamed: { name in
                    do {
                        return try await store.tenant(named: name)
                    } catch StoreError.unknownTenant {
                        return nil
                    }
                },
                logger: self.logger
            )
        }
        var verify: Authenticator.Verification?
        if let callers { verify = { token in try await callers.caller(of: token) } }
        return Authenticator(
            failures: FailedAttempts(quota: self.configuration.failedKeysPerMinute),
            lookUp: { key in try await store.authenticate(apiKey: key) },
            verify: verify
        )
    }

    /// Every address of the service. New topics enter here.
    private func routeSets(
        tickets: TicketOffice,
        authenticator: Authenticator,
        audits: AuditOffice?
    ) -> [any RouteSet] {
        let search = self.search
        var sets: [any RouteSet] = [
            PageRoutes(),
            ReadinessRoutes(readiness: CachedReadiness(logger: self.logger, checks: self.readiness), stopping: self.stopping),
            SearchRoutes { request, tenant in try await search.search(request, tenant: tenant) },
            StatusRoutes(store: self.store),
            VectorizationRoutes(store: self.store),
            JobRoutes(store: self.store),
            AIOperationsRoutes(store: self.store, memory: self.memory),
            MappingRoutes(store: self.store),
            InsightRoutes(insights: InsightService(store: self.store)),
            QualityRoutes(store: self.store),
            TicketRoutes(tickets: tickets),
            WebhookRoutes(store: self.store, secrets: self.webhookSecrets),
            KeyRoutes(store: self.store, authenticator: authenticator),
            TenantRoutes(store: self.store, authenticator: authenticator),
            SecretRoutes(store: self.store, cipher: self.parts.cipher),
        ]
        if let registry = self.parts.metrics {
            let store = self.store
            sets.append(
                MetricsRoutes(
                    registry: registry,
                    figures: { try await store.figures() },
                    authenticator: authenticator,
                    token: self.parts.metricsToken
                )
            )
        }
        if let desk = self.parts.providers { sets.append(ProviderRoutes(desk: desk, store: self.store)) }
        if let audits { sets.append(AuditRoutes(store: self.store, office: audits)) }
        if let checking = self.parts.integrations {
            sets.append(IntegrationRoutes(store: self.store, checking: checking, cipher: self.parts.cipher))
        }
        return sets
    }

    /// What it serves, apart from a running server.
    var described: RouteTable {
        self.table(
            tickets: TicketOffice(store: self.store),
            authenticator: self.authenticator(),
            audits: self.parts.audits.map { AuditOffice(store: self.store, auditing: $0, logger: self.logger) }
        )
    }

    private func table(tickets: TicketOffice, authenticator: Authenticator, audits: AuditOffice?) -> RouteTable {
        let routes = self.routeSets(tickets: tickets, authenticator: authenticator, audits: audits).flatMap(\.routes)
        let description = OpenAPIRoutes(describing: routes, version: self.configuration.version)
        return RouteTable(routes + description.routes)
    }
}

private struct NoVectors: Error {}
