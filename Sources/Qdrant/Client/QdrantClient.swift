import FloatJSON
public import Foundation
public import HTTPTransport
import Resilience
import Synchronization

/// Qdrant over REST.
///
/// The client makes and inspects collections. Points are reached through ``vectors(tenant:collection:space:)`` only: nothing
/// reads, counts or deletes points without naming the tenant.
///
/// Writes are not repeated: the error's ``QdrantError/Kind`` tells the caller what that would mean. Reads that meet a 408, 429 or 503 are, for a moment.
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

    /// Reads that the server could not answer just now are asked for again, this often; a write's fate is its caller's to decide.
    private static let readAttempts = 3

    func request(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: HTTPBody? = nil,
        timeout: Duration? = nil
    ) -> HTTPRequest {
        var headers: HTTPHeaders = [:]
        if let apiKey = self.configuration.apiKey { headers["api-key"] = apiKey }
        if body != nil { headers["content-type"] = "application/json" }
        var request = HTTPRequest(
            method,
            self.configuration.url + path,
            headers: headers,
            timeout: timeout ?? self.configuration.timeout
        )
        request.content = body
        return request
    }

    /// Sends a request and returns the body of its 2xx answer.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: [UInt8]? = nil,
        timeout: Duration? = nil,
        for operation: QdrantOperation
    ) async throws -> [UInt8] {
        try await self.send(method, path, content: body.map { .bytes($0) }, timeout: timeout, for: operation)
    }

    /// The same with a body that may be in pieces.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        content: HTTPBody?,
        timeout: Duration? = nil,
        for operation: QdrantOperation
    ) async throws -> [UInt8] {
        let request = self.request(method, path, body: content, timeout: timeout)
        var attempt = 1
        while true {
            do {
                return try await self.send(request, for: operation)
            } catch let error as QdrantError
                where !operation.isWrite && attempt < Self.readAttempts && error.isBrief
                && Self.patience >= error.retryAfter ?? .zero
            {
                let backoff = Self.backoff.delay(after: attempt, random: .random(in: 0..<1))
                try await Task.sleep(for: max(backoff, error.retryAfter ?? .zero))
                attempt += 1
            }
        }
    }

    private func send(_ request: HTTPRequest, for operation: QdrantOperation) async throws -> [UInt8] {
        let response: HTTPResponse
        do {
            response = try await self.transport.send(request)
        } catch let error as HTTPTransportError {
            throw QdrantError(error, operation: operation, configuration: self.configuration)
        }
        guard response.isSuccess else { throw QdrantError(response, operation: operation) }
        return response.body
    }

    private static let backoff = Backoff(base: .milliseconds(100), maximum: .seconds(1))
    /// A read that is to wait longer is its caller's to repeat.
    private static let patience = Duration.seconds(2)

    /// Sends a request and decodes the `result` of its answer.
    func result<Result: Decodable>(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: [UInt8]? = nil,
        timeout: Duration? = nil,
        for operation: QdrantOperation
    ) async throws -> Result {
        let answer = try await self.send(method, path, body: body, timeout: timeout, for: operation)
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
