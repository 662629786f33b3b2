import AsyncHTTPClient
import AsyncHTTPTransport
import Foundation
import Hummingbird
import HummingbirdTLS
import HummingbirdTesting
import NIOSSL
import Testing

@testable import Embedding

@Suite("A provider behind a proxy, or with certificates of its own")
struct RouteTests {
    /// Runs a service over TLS, with a certificate for `host`, and asks its provider once.
    ///
    /// - Parameters:
    ///   - members: of `request`, before the URL.
    ///   - environment: by the port of the service and the file of the authority's certificate.
    private func ask(
        host: String = "localhost",
        _ members: String,
        environment: @escaping @Sendable (_ bundle: String) -> [String: String]
    ) async throws -> Result<EmbeddingBatch, any Error> {
        let authority = TestAuthority()
        let server = try authority.server(host)
        let router = Router()
        router.post("embed") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: .init(string: #"{"data":[{"embedding":[1,0,0,0,0,0,0,0]}]}"#))
            )
        }
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(server.certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(server.key.utf8), format: .pem))
        )
        let bundle = FileManager.default.temporaryDirectory.appending(path: "authority-\(UUID().uuidString).pem").path
        try Data(try authority.certificate.utf8).write(to: URL(filePath: bundle))
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        let application = Application(router: router, server: try .tls(.http1(), tlsConfiguration: tls))
        return try await application.test(.live) { client in
            let port = try #require(client.port)
            let text = ProviderDefinitionTests.good.replacing("\"request\": {", with: "\"request\": { \(members)")
            var configuration = HTTPClient.Configuration()
            configuration.timeout.connect = .seconds(5)
            configuration.connectionPool.retryConnectionEstablishment = false
            let routes = AsyncHTTPRoutes(configuration: configuration)
            let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let values = environment(bundle).merging(["ACME_KEY": "k", "ACME_URL": "https://localhost:\(port)"]) { $1 }
            let result: Result<EmbeddingBatch, any Error>
            do {
                let provider = try HTTPEmbeddingProvider(
                    definition: try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get(),
                    transport: AsyncHTTPTransport(client: http),
                    routes: routes,
                    environment: { values[$0] }
                )
                result = .success(try await provider.embed(["a"], as: .document))
            } catch {
                result = .failure(error)
            }
            try await http.shutdown()
            try await routes.shutdown()
            return result
        }
    }

    @Test("Certificates of an own authority are trusted where the file names them")
    func bundle() async throws {
        let batch = try await self.ask("\"caBundle\": \"env:ACME_CA\",") { ["ACME_CA": $0] }.get()
        #expect(batch.vectors == [[1, 0, 0, 0, 0, 0, 0, 0]])
    }

    @Test("A certificate that nobody vouches for is refused, and that is a person's to mend")
    func untrusted() async throws {
        let result = try await self.ask("") { _ in [:] }
        let error = #expect(throws: EmbeddingError.self) { try result.get() }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("its certificate is not trusted") == true, "\(error?.message ?? "")")
    }

    @Test("A certificate for another host is refused, whoever signed it")
    func otherHost() async throws {
        let result = try await self.ask(host: "other.example", "\"caBundle\": \"env:ACME_CA\",") { ["ACME_CA": $0] }
        let error = #expect(throws: EmbeddingError.self) { try result.get() }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("certificate") == true, "\(error?.message ?? "")")
    }

    @Test("Requests go through the proxy, and TLS through its tunnel", arguments: ["http", "socks5"])
    func proxy(scheme: String) async throws {
        let proxy = TestProxy(scheme == "http" ? .http(credentials: nil) : .socks5)
        try await proxy.serve { port in
            let result = try await self.ask("\"proxy\": \"env:ACME_PROXY\", \"caBundle\": \"env:ACME_CA\",") {
                ["ACME_CA": $0, "ACME_PROXY": "\(scheme)://127.0.0.1:\(port)"]
            }
            #expect(try result.get().vectors.count == 1)
        }
        #expect(proxy.targets.count == 1 && proxy.targets[0].hasPrefix("localhost:"), "\(proxy.targets)")
    }

    @Test("A proxy's name and secret come from the environment, and no message repeats the secret")
    func authorization() async throws {
        let proxy = TestProxy(.http(credentials: Data("team:tr0ub4dor".utf8).base64EncodedString()))
        try await proxy.serve { port in
            let members = "\"proxy\": \"env:ACME_PROXY\", \"caBundle\": \"env:ACME_CA\","
            let result = try await self.ask(members) { ["ACME_CA": $0, "ACME_PROXY": "http://team:tr0ub4dor@127.0.0.1:\(port)"] }
            #expect(try result.get().vectors.count == 1)
            for credentials in ["", "team:wr0ngword@"] {
                let refused = try await self.ask(members) {
                    ["ACME_CA": $0, "ACME_PROXY": "http://\(credentials)127.0.0.1:\(port)"]
                }
                let error = #expect(throws: EmbeddingError.self) { try refused.get() }
                #expect(error?.kind == .configuration, "\(error?.message ?? "")")
                #expect(error?.message.contains("the proxy asks for a name and a secret") == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("wr0ngword") == false)
            }
        }
        #expect(proxy.targets.count == 1)
    }

    @Test("A proxy that is away may come back")
    func away() async throws {
        let result = try await self.ask("\"proxy\": \"http://127.0.0.1:1\",") { _ in [:] }
        let error = #expect(throws: EmbeddingError.self) { try result.get() }
        #expect(error?.kind == .transient, "\(error?.message ?? "")")
    }

    @Test("An empty default is no proxy")
    func none() async throws {
        let members = "\"proxy\": {\"from\": \"env:ACME_PROXY\", \"default\": \"\"}, \"caBundle\": \"env:ACME_CA\","
        #expect(try await self.ask(members) { ["ACME_CA": $0] }.get().vectors.count == 1)
    }

    @Test(
        "What the environment holds for the way is checked, and said without its secrets",
        arguments: [
            ("\"proxy\": \"env:ACME_PROXY\",", "ftp://team:tr0ub4dor@proxy", "what env:ACME_PROXY holds is no URL of a proxy"),
            ("\"caBundle\": \"env:ACME_PROXY\",", "/nowhere/ca.pem", "cannot be read from the file /nowhere/ca.pem"),
            ("\"caBundle\": \"env:ACME_PROXY\",", "/etc/passwd", "the certificates are not PEM text"),
        ]
    )
    func badValues(members: String, value: String, message: String) async throws {
        let result = try await self.ask(members) { _ in ["ACME_PROXY": value] }
        let error = #expect(throws: EmbeddingError.self) { try result.get() }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("tr0ub4dor") == false)
    }
}
