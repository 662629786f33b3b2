import Crypto
import CryptoExtras
import Foundation
import HTTPTransport
import PulseModel
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing

@testable import Connectors

@Suite("A GitHub App before a GitHub that checks it", .enabled(if: TestDatabase.isAvailable))
struct GitHubAppSandboxTests {
    private static func connector(
        _ world: SandboxWorld,
        app: String = "123",
        installation: String = "456",
        organization: String = "acme",
        pem: String,
        transport: (any HTTPTransport)? = nil
    ) throws -> GitHubConnector {
        var definition = world.definition()
        definition.organization = organization
        definition.tokens = []
        definition.app = .init(id: app, installation: installation, privateKey: SecretReference(variable: "K"))
        let key = GitHubAppKey(pem: Secret(pem)) { pem, message in
            let key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
            return Array(
                try key.signature(for: SHA256.hash(data: Data(message)), padding: .insecurePKCS1v1_5).rawRepresentation
            )
        }
        return try GitHubConnector(
            definition,
            tokens: [],
            appKey: key,
            transport: transport ?? world.transport,
            store: world.store,
            tenant: world.tenant.id,
            integration: world.tenant.github,
            logger: quiet
        )
    }

    private static func with(
        _ key: _RSA.Signing.PrivateKey,
        tokenSeconds: Int = 3_600,
        scale: Int = 1,
        _ body: @escaping @Sendable (SandboxWorld) async throws -> Void
    ) async throws {
        let app = SandboxApp(
            id: "123",
            installation: "456",
            publicKey: key.publicKey.pemRepresentation,
            tokenSeconds: tokenSeconds
        )
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: scale), gitHubApp: app), body)
    }

    @Test("A proof that is signed by the app's key gets a token, and the token reads everything")
    func granted() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        try await Self.with(key) { world in
            let report = try await Self.connector(world, pem: key.pemRepresentation).sync()
            #expect(report.isSuccess, "\(report.failures) \(report.ending)")
            #expect(try await world.count("prs") == world.state.counts.pulls)
            #expect(world.state.appTokenCount == 1)
            let asked = world.transport.recorder.all.filter { !$0.url.contains("access_tokens") }
            #expect(asked.allSatisfy { $0.headers["authorization"] == "Bearer ghs_sandbox1" })
        }
    }

    @Test("An app that is installed at a user reads the user's private repositories, and no other owner's")
    func user() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        try await Self.with(key) { world in
            world.state.makePerson("acme", viewer: "somebody")
            try world.state.renameRepository("acme/web", to: "other/web")
            let report = try await Self.connector(world, pem: key.pemRepresentation).sync()
            #expect(report.isSuccess, "\(report.failures) \(report.ending)")
            #expect(try await world.count("repositories") == 2)
            #expect(try await world.count("repositories", where: "full_name NOT LIKE 'acme/%'") == 0)
        }
    }

    @Test("A token that is about to end is renewed under way, and none is used after its end")
    func renewed() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        // Five minutes are the reserve: each token is good for asking for a second or two.
        try await Self.with(key, tokenSeconds: 301) { world in
            let connector = try Self.connector(world, pem: key.pemRepresentation)
            let first = await connector.sync()
            #expect(first.isSuccess, "\(first.failures) \(first.ending)")
            let before = world.state.appTokenCount
            try await Task.sleep(for: .seconds(1.2))
            let second = await connector.sync()
            #expect(second.isSuccess, "\(second.failures) \(second.ending)")
            #expect(world.state.appTokenCount > before)
        }
    }

    @Test("An app that is installed at another account than the integration's is no empty account: both are named, in a test too")
    func otherAccount() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        try await Self.with(key) { world in
            let connector = try Self.connector(world, organization: "acme2", pem: key.pemRepresentation)
            let error = await #expect(throws: ConnectorError.self) { try await connector.test() }
            for _ in 0..<2 {
                let report = await connector.sync()
                #expect(report.failures == [error].compactMap(\.self))
            }
            #expect(error?.kind == .notFound && error?.message.contains("is installed at acme, not at acme2") == true)
        }
    }

    @Test("After the installation is removed nothing counts as gone, whatever a sweep is about to ask for")
    func removedInstallation() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        try await Self.with(key, scale: 2) { world in
            _ = try await Self.connector(world, pem: key.pemRepresentation).sync()
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.deletePull(pull.repository, pull.number)
            _ = try await Self.connector(world, pem: key.pemRepresentation).sync(isSweeping: true)
            // Between the second list of what is there and the question for what it does not hold.
            let isRemoved = Mutex(false)
            let transport = ScriptedTransport { request in
                if request.url.hasSuffix("/pulls/\(pull.number)") { isRemoved.withLock { $0 = true } }
                guard isRemoved.withLock({ $0 }) else { return try await world.transport.send(request) }
                return .json(["message": "Not Found"], status: request.url.hasSuffix("/access_tokens") ? 404 : 401)
            }
            let report = try await Self.connector(world, pem: key.pemRepresentation, transport: transport).sync(isSweeping: true)
            #expect(isRemoved.withLock { $0 })
            let error = try #require(report.failures.first)
            #expect(error.kind == .authentication && error.message.contains("the installation is gone"), "\(error)")
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 0)
        }
    }

    @Test("Another key, another app, another installation: no token, and what to check is said")
    func refused() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let other = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        try await Self.with(key) { world in
            for (app, installation, pem, kind) in [
                ("123", "456", other.pemRepresentation, ConnectorError.Kind.authentication),
                ("999", "456", key.pemRepresentation, .authentication),
                ("123", "999", key.pemRepresentation, .authentication),
                ("123", "456", "no key", .configuration),
            ] {
                let connector = try Self.connector(world, app: app, installation: installation, pem: pem)
                let error = await #expect(throws: ConnectorError.self) { try await connector.test() }
                #expect(error?.kind == kind, "\(String(describing: error))")
                #expect(error?.message.contains(pem) == false)
            }
            #expect(world.state.appTokenCount == 0)
        }
    }
}
