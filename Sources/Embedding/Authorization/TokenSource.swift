import FloatJSON
import Foundation
import HTTPTransport
import Resilience

/// A bearer token from a token endpoint, fetched once for all requests and again a little before it expires.
actor TokenSource: RequestSigner {
    private let provider: String
    private let transport: any HTTPTransport
    private let token: JSONPath
    private let expires: JSONPath
    /// The request for a token; made anew each time, for assertions carry the time.
    private let makeRequest: @Sendable () throws -> HTTPRequest
    private let clock = ContinuousClock()
    /// Of a token whose endpoint does not say how long it lives, in seconds.
    private static let usualLife = 600.0
    private static let longestLife = 7 * 86_400.0
    private var current: (value: String, until: ContinuousClock.Instant)?
    private var fetching: Task<(value: String, seconds: Double), any Error>?

    init(
        provider: String,
        transport: any HTTPTransport,
        token: JSONPath = "access_token",
        expires: JSONPath = "expires_in",
        makeRequest: @escaping @Sendable () throws -> HTTPRequest
    ) {
        self.provider = provider
        self.transport = transport
        self.token = token
        self.expires = expires
        self.makeRequest = makeRequest
    }

    func authorize(_ request: HTTPRequest) async throws -> HTTPRequest {
        var request = request
        request.headers["Authorization"] = "Bearer " + (try await self.valid())
        return request
    }

    func refused(_ request: HTTPRequest) async -> Bool {
        // Requests that were out together are refused together: the token that came since is good.
        if let current = self.current, request.headers["Authorization"] == "Bearer " + current.value { self.current = nil }
        return true
    }

    private func valid() async throws -> String {
        if let current = self.current, self.clock.now < current.until { return current.value }
        let task = self.fetching ?? Task { try await self.fetch() }
        self.fetching = task
        defer { self.fetching = nil }
        let (value, seconds) = try await task.value
        self.current = (value, self.clock.now + .seconds(max(1, seconds * 0.9 - 30)))
        return value
    }

    private func fetch() async throws -> (value: String, seconds: Double) {
        let response: HTTPResponse
        do {
            response = try await self.transport.send(try self.makeRequest())
        } catch let error as HTTPTransportError {
            let message = "no access token: \(error)"
            throw EmbeddingError(.init(error), provider: self.provider, message: message).naming(hostOf: error)
        }
        guard response.isSuccess else {
            let kind: EmbeddingError.Kind =
                response.status == 429
                ? .rateLimited : response.status >= 500 || response.status == 408 ? .transient : .configuration
            throw EmbeddingError(
                kind,
                provider: self.provider,
                message: "no access token: the token endpoint answered \(response.status); check the credentials",
                status: response.status,
                retryAfter: response.headers["Retry-After"].flatMap { RetryAfter.parse($0, now: Date()) }
            )
        }
        guard let answer = Self.parse(response.body),
            let value = self.token.select(in: answer).first?.string, !value.isEmpty,
            value.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else {
            throw EmbeddingError(.invalidAnswer, provider: self.provider, message: "the token endpoint's answer holds no token")
        }
        return (value, Self.life(self.expires.select(in: answer).first?.scalarText))
    }

    /// In seconds; what an endpoint says may be any number, or none.
    private static func life(_ text: String?) -> Double {
        guard let seconds = text.flatMap({ Double($0) }), seconds.isFinite else { return Self.usualLife }
        return max(0, min(seconds, Self.longestLife))
    }

    private static func parse(_ bytes: [UInt8]) -> JSONNode? {
        do {
            return try JSONNodeParser.parse(bytes)
        } catch {
            return nil
        }
    }
}
