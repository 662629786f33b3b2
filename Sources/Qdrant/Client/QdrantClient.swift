import FloatJSON
public import Foundation
public import HTTPTransport
import Synchronization

/// Qdrant over REST.
///
/// The client makes and inspects collections. Points are reached through ``vectors(tenant:collection:space:)`` only: nothing
/// reads, counts or deletes points without naming the tenant.
///
/// It does not retry: the error's ``QdrantError/Kind`` tells the caller what a retry would mean.
public struct QdrantClient: Sendable {
    public let configuration: QdrantConfiguration
    private let transport: any HTTPTransport
    private let known: KnownVersion

    public init(_ configuration: QdrantConfiguration, transport: any HTTPTransport) {
        self.configuration = configuration
        self.transport = transport
        self.known = KnownVersion()
    }

    /// The scope in which points of one tenant are written and read.
    ///
    /// - Parameters:
    ///   - collection: a collection or an alias of one.
    ///   - space: the vector space; part of each point that is written and of each filter.
    public func vectors(tenant: UUID, collection: String, space: String) -> TenantVectors {
        TenantVectors(client: self, tenant: tenant, collection: collection, space: space)
    }

    /// The server's release.
    public func version() async throws -> QdrantVersion {
        let operation = QdrantOperation.read("tell its version")
        let body = try await self.send(.get, "/", for: operation)
        guard let text = try? FloatScanner.string(in: body, at: "version"), let version = QdrantVersion(parsing: text) else {
            throw QdrantError(unreadable: "it gave no version; is this Qdrant?", operation: operation)
        }
        self.known.remember(version)
        return version
    }

    /// Whether the server takes requests.
    public func isReady() async -> Bool {
        (try? await self.send(.get, "/readyz", for: .read("say that it is ready"))) != nil
    }

    /// Throws a `rejected` error that names the version needed where the server is older.
    func require(_ needed: QdrantVersion, for what: String) async throws {
        // Only a sufficient answer is remembered: a server may be upgraded, and is not downgraded under a running client.
        if let version = self.known.value, version >= needed { return }
        let version = try await self.version()
        guard version >= needed else {
            throw QdrantError(
                .rejected,
                operation: what,
                message: "the server is \(version); \(needed) is the first that can; upgrade Qdrant"
            )
        }
    }

    // MARK: Requests

    /// Sends a request and returns the body of its 2xx answer.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: [UInt8]? = nil,
        for operation: QdrantOperation
    ) async throws -> [UInt8] {
        var headers: HTTPHeaders = [:]
        if let apiKey = self.configuration.apiKey { headers["api-key"] = apiKey }
        if body != nil { headers["content-type"] = "application/json" }
        let request = HTTPRequest(
            method,
            self.configuration.url + path,
            headers: headers,
            body: body,
            timeout: self.configuration.timeout
        )
        let response: HTTPResponse
        do {
            response = try await self.transport.send(request)
        } catch let error as HTTPTransportError {
            throw QdrantError(error, operation: operation, configuration: self.configuration)
        }
        guard response.isSuccess else { throw QdrantError(response, operation: operation) }
        return response.body
    }

    /// Sends a request and decodes the `result` of its answer.
    func result<Result: Decodable>(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: [UInt8]? = nil,
        for operation: QdrantOperation
    ) async throws -> Result {
        let answer = try await self.send(method, path, body: body, for: operation)
        do {
            return try JSONDecoder().decode(Envelope<Result>.self, from: Data(answer)).result
        } catch {
            throw QdrantError(unreadable: "\(error)", operation: operation)
        }
    }

    private struct Envelope<Result: Decodable>: Decodable {
        var result: Result
    }
}

/// The server's version, once it is known; shared by the copies of one client.
private final class KnownVersion: Sendable {
    private let state = Mutex<QdrantVersion?>(nil)

    var value: QdrantVersion? { self.state.withLock { $0 } }

    func remember(_ version: QdrantVersion) { self.state.withLock { $0 = version } }
}
