import AIOps
import ArgumentParser
import CoreMetrics
import Foundation
import Jobs
import Logging
import Search
import Server
import ServiceLifecycle
import Store
import Vectorization

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the service: the API with the web page and the progress channel, the jobs, and the vectorization.",
        discussion: """
            Any number of processes with any roles work side by side on one database. After SIGTERM or SIGINT one that serves the API \
            answers for PULSE_DRAIN_SECONDS more; each ends at most nine seconds later, and what has been claimed is finished or \
            released first. PULSE_LEASE_SECONDS and PULSE_WRITE_DEADLINE_SECONDS: see `pulse vectorize --help`.
            """
    )

    enum Role: String, CaseIterable, ExpressibleByArgument {
        case api
        /// Synchronizes when it is due.
        case etl
        case vectorization
        /// Keeps the service in order.
        case orchestrator
    }

    @Option(help: "What this process does, separated by commas: api, etl, vectorization, orchestrator.")
    var roles = Role.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: "The port; PULSE_HTTP_PORT, else 8080, where left out. 0 takes any.")
    var port: Int?

    func run() async throws {
        let roles = try self.roles.split(separator: ",").map { name in
            guard let role = Role(rawValue: name.trimmingCharacters(in: .whitespaces)) else {
                throw ValidationError(
                    "--roles names \(name); the roles are \(Role.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return role
        }
        guard !roles.isEmpty else {
            throw Failure("--roles names none; the roles are \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if let port, !(0...65_535).contains(port) { throw Failure("--port is \(port); it must be a number from 0 to 65535") }
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        try await Context.run { context in
            try context.settings.check()
            guard try await context.store.isReady() else { throw StoreError.notMigrated }
            var services: [any Service] = []
            if roles.contains(.vectorization) {
                services.append(
                    VectorizationWorker(
                        store: context.store,
                        indexes: context.indexes,
                        reporter: RunReporter(store: context.store, recorder: context.journal, logger: context.logger),
                        policy: try context.settings.queuePolicy,
                        logger: context.logger
                    )
                )
                services.append(RetiredSpaces(try context.reindex, logger: context.logger))
            }
            let jobs = try Self.jobs(roles, context: context)
            if !jobs.isEmpty {
                var policy = OrchestratorPolicy()
                policy.concurrency = try context.settings.jobsAtOnce
                services.append(
                    Orchestrator(
                        store: context.store,
                        jobs: jobs,
                        policy: policy,
                        advisor: context.memory,
                        logger: context.logger
                    )
                )
            }
            if roles.contains(.orchestrator) {
                services.append(
                    AnomalyService(store: context.store, watch: AnomalyWatch(store: context.store), logger: context.logger)
                )
            }
            if roles.contains(.etl) { services.append(Webhooks.worker(context)) }
            if roles.contains(.api) {
                let opening = Opening()
                services.append(FirstKey(store: context.store, logger: context.logger))
                services = services.map(opening.before)
                services.append(try self.server(context, registry: registry, opening: opening))
            }
            // The journal is written when all others have said their last. They hear of the stop together: while the server drains,
            // no job is begun, and running ones have their time to end.
            try await Services.run(
                [context.journalWriter, SideBySide(services: services)],
                drain: roles.contains(.api) ? try context.settings.drain : .zero,
                logger: context.logger
            )
        }
    }

    private static func jobs(_ roles: [Role], context: Context) throws -> [any Job] {
        var jobs: [any Job] = []
        if roles.contains(.etl) {
            jobs += [SyncJob(kind: .github, context: context), SyncJob(kind: .jira, context: context)]
        }
        if roles.contains(.orchestrator) {
            jobs.append(
                SleepJob(
                    store: context.store,
                    retention: try context.settings.retention,
                    queuePolicy: try context.settings.queuePolicy,
                    tasks: context.upkeepTasks(),
                    probes: context.probes(tenant:)
                )
            )
        }
        return jobs
    }

    private func server(_ context: Context, registry: PrometheusRegistry, opening: Opening) throws -> PulseServer {
        let host = context.settings.httpHost
        return PulseServer(
            configuration: ServerConfiguration(
                host: host,
                port: try self.port ?? context.settings.httpPort,
                allowedOrigins: try context.settings.allowedOrigins,
                progress: ProgressLimits(connectionsPerTenant: try context.settings.channelsPerTenant),
                requestsPerMinute: try context.settings.requestsPerMinute,
                failedKeysPerMinute: try context.settings.failedKeysPerMinute,
                trustedProxies: try context.settings.trustedProxies,
                drain: try context.settings.drain,
                version: Pulse.configuration.version
            ),
            store: context.store,
            search: SearchService(
                store: context.store,
                qdrant: context.qdrant,
                providers: MeasuredProviders(providers: context.allProviders),
                recorder: context.journal,
                logger: context.logger
            ),
            memory: context.memory,
            parts: ServerParts(
                cipher: try context.settings.vaultCipher,
                tokens: try context.settings.tokenTrust,
                integrations: ServedIntegrations(context: context),
                audits: ServedAudits(context: context),
                providers: ServedProviders(context: context),
                metrics: registry,
                metricsToken: context.settings.metricsToken
            ),
            readiness: {
                async let database = ReadinessCheck.probing("postgresql", within: .seconds(2)) {
                    guard try await context.store.isReady() else { throw StoreError.notMigrated }
                }
                async let qdrant = ReadinessCheck.probing("qdrant", within: .seconds(2)) {
                    _ = try await context.qdrant.version()
                }
                return await [database, qdrant]
            },
            webhookSecrets: { try await Webhooks.secret(of: $0, context: context) },
            onServerRunning: { port in
                print("pulse on http://\(host):\(port)")
                fflush(nil)
                opening.open()
            },
            logger: context.logger
        )
    }
}
