import Embedding
import Foundation
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Logging
import Postgres
import PulseModel
import Qdrant
import Search
import Store
import TestSupport
import Testing

@testable import Server

/// A fresh database with two tenants, and a server over it whose Qdrant is away.
struct TestWorld: Sendable {
    static var isAvailable: Bool { TestDatabase.isAvailable }

    var store: Store
    var database: PostgresConnection
    var acme: UUID
    var rival: UUID
    var administratorKey: String
    var viewerKey: String
    var rivalKey: String
    var installationKey: String

    /// Makes the database, lends it to `body`, and drops it.
    static func with<R: Sendable>(_ body: (TestWorld) async throws -> R) async throws -> R {
        try await TestDatabase.with { database in
            try await database.withStore { store in try await body(try await self.make(store, in: database)) }
        }
    }

    private static func make(_ store: Store, in database: TestDatabase) async throws -> TestWorld {
        let administration = try Administration(url: database.url)
        let acme = try await administration.createTenant(named: "acme").id
        let rival = try await administration.createTenant(named: "rival").id
        let world = TestWorld(
            store: store,
            database: try await PostgresConnection.connect(PostgresConfiguration(url: database.url)),
            acme: acme,
            rival: rival,
            administratorKey: try await administration.createAPIKey(tenant: acme, name: "one"),
            viewerKey: try await administration.createAPIKey(tenant: acme, name: "two", role: "viewer"),
            rivalKey: try await administration.createAPIKey(tenant: rival, name: "three"),
            installationKey: try await administration.createInstallationKey(name: "four")
        )
        await administration.close()
        return world
    }

    // MARK: Servers

    static let metricsToken = "a token of the monitoring"
    static let tokenSecret = "a secret that the issuer of tokens shares with us"

    static func server(
        store: Store,
        configuration: ServerConfiguration = ServerConfiguration(port: 0),
        checks: [ReadinessCheck] = [],
        webhookSecret: String? = nil,
        vaultError: VaultError? = nil,
        onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> PulseServer {
        let absent = ScriptedTransport { _ in
            throw HTTPTransportError(.cannotConnect, host: "127.0.0.1:1", detail: "refused")
        }
        var logger = Logger(label: "server-tests")
        logger.logLevel = .critical
        return PulseServer(
            configuration: configuration,
            store: store,
            search: SearchService(
                store: store,
                qdrant: QdrantClient(QdrantConfiguration(url: "http://127.0.0.1:1"), transport: absent),
                providers: SingleProvider(ScriptedProvider()),
                logger: logger
            ),
            parts: ServerParts(
                cipher: try? VaultCipher(keys: [String(repeating: "0a", count: 32)]),
                tokens: try? TokenTrust(
                    issuer: "https://issuer.example",
                    audience: "pulse",
                    secret: Self.tokenSecret,
                    publicKeys: nil
                ),
                integrations: ScriptedParts(),
                audits: ScriptedParts(),
                providers: ScriptedParts(),
                metrics: PrometheusRegistry(),
                metricsToken: Self.metricsToken
            ),
            readiness: { checks },
            webhookSecrets: { _ in
                if let vaultError { throw vaultError }
                return webhookSecret.map { Array($0.utf8) }
            },
            onServerRunning: onServerRunning,
            logger: logger
        )
    }

    /// Lends a client of a listening server.
    func serve<R: Sendable>(
        progress: ProgressLimits = ProgressLimits(),
        _ body: @Sendable (any TestClientProtocol) async throws -> R
    ) async throws -> R {
        let server = Self.server(store: self.store, configuration: ServerConfiguration(port: 0, progress: progress))
        return try await server.application().test(.live) { client in try await body(client) }
    }
}

extension TestClientProtocol {
    /// One request with a key.
    func send(
        _ method: HTTPRequest.Method,
        _ uri: String,
        key: String? = nil,
        body: String? = nil,
        fields: [String: String] = [:]
    ) async throws -> TestResponse {
        var headers = HTTPFields()
        if let key { headers[.authorization] = "Bearer \(key)" }
        for (name, value) in fields { headers.set(name, value) }
        let answer = try await self.execute(
            uri: uri,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
        Contract.check(answer, to: method, uri)
        return answer
    }
}

extension TestResponse {
    /// A member of the answer's JSON object.
    func member(_ name: String) throws -> String? {
        let object = try JSONSerialization.jsonObject(with: Data(self.body.readableBytesView)) as? [String: Any]
        return object?[name].map { "\($0)" }
    }
}
