import AsyncHTTPClient
import AsyncHTTPTransport
import Foundation
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

/// A server on this machine that plays a provider of a contract: it takes the documented requests to the byte and refuses any other.
///
/// Requests reach it over sockets, each under the name of the host that it was meant for.
final class PlayedProvider: Sendable {
    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body: [UInt8]
    }

    private struct State {
        var complaints: [String] = []
        var requests = 0
        var tokens = 0
    }

    let contract: ProviderContract
    /// What is wrong with the authorization of a request; nil where nothing is.
    private let checkAuthorization: @Sendable (SentRequest) -> String?
    /// What is wrong with a request for a token.
    private let checkToken: @Sendable (String) -> String?
    private let answer: @Sendable (_ number: Int) -> Answer
    private let state = Mutex(State())

    init(
        _ contract: ProviderContract,
        checkAuthorization: @escaping @Sendable (SentRequest) -> String? = { _ in nil },
        checkToken: @escaping @Sendable (String) -> String? = { _ in nil },
        answer: @escaping @Sendable (_ number: Int) -> Answer
    ) {
        self.contract = contract
        self.checkAuthorization = checkAuthorization
        self.checkToken = checkToken
        self.answer = answer
    }

    var complaints: [String] { self.state.withLock { $0.complaints } }
    var requests: Int { self.state.withLock { $0.requests } }
    /// Tokens that it gave out.
    var tokens: Int { self.state.withLock { $0.tokens } }

    /// Serves while `body` runs, which asks it through the transport.
    func serve(_ body: @escaping @Sendable (any HTTPTransport) async throws -> Void) async throws {
        let router = Router()
        router.post("**") { request, _ in try await self.respond(request) }
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(Detour(transport: AsyncHTTPTransport(client: http), port: port)))
            } catch {
                result = .failure(error)
            }
            try await http.shutdown()
            try result.get()
        }
    }

    private func respond(_ request: Request) async throws -> Response {
        let body = Array(buffer: try await request.body.collect(upTo: 1 << 22))
        if request.uri.path.hasSuffix("/token") {
            let complaint =
                request.headers[.contentType] == "application/x-www-form-urlencoded"
                ? self.checkToken(String(decoding: body, as: UTF8.self)) : "the form is sent as another type"
            if let complaint { return self.response(Answer(status: 400, body: Array(complaint.utf8)), complaint: complaint) }
            let number = self.state.withLock { state in
                state.tokens += 1
                return state.tokens
            }
            let token = #"{"access_token":"ACCESS-\#(number)","expires_in":3600}"#
            return self.response(Answer(body: Array(token.utf8)), complaint: nil)
        }
        let complaint = self.complaint(request, body: body)
        let number = self.state.withLock { state in
            state.requests += 1
            return state.requests
        }
        if let complaint { return self.response(Answer(status: 400, body: Array(complaint.utf8)), complaint: complaint) }
        return self.response(self.answer(number), complaint: nil)
    }

    private func response(_ answer: Answer, complaint: String?) -> Response {
        if let complaint { self.state.withLock { $0.complaints.append(complaint) } }
        var response = Response(
            status: .init(code: answer.status),
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: .init(bytes: answer.body))
        )
        for (name, value) in answer.headers {
            response.headers[.init(name)!] = value
        }
        return response
    }

    private func complaint(_ request: Request, body: [UInt8]) -> String? {
        let url =
            "\(self.contract.url.hasPrefix("https:") ? "https" : "http")://\(request.head.authority ?? "")\(request.uri.string)"
        guard url == self.contract.url else { return "it was sent to \(url)" }
        var seen = SentRequest(.post, url, body: body)
        for field in request.headers { seen.headers[field.name.rawName] = field.value }
        var known: Set<String> = ["host", "content-type", "accept", "content-length", "transfer-encoding", "connection"]
        for (name, value) in self.contract.headers {
            known.insert(name.lowercased())
            let sent = seen.headers[name] ?? ""
            let isWhole = name != "Authorization" || !value.hasPrefix("AWS4")
            guard
                isWhole
                    ? sent == value || value.hasPrefix("Bearer ACCESS-") && sent.hasPrefix("Bearer ACCESS-")
                    : sent.hasPrefix(value)
            else { return "\(name) is \(sent)" }
        }
        if self.contract.headers["Authorization"]?.hasPrefix("AWS4") == true { known.insert("x-amz-date") }
        for field in request.headers where !known.contains(field.name.canonicalName) {
            return "the header \(field.name.rawName) is not documented"
        }
        guard seen.headers["content-type"] == "application/json" else { return "the body is sent as another type" }
        let text = String(decoding: body, as: UTF8.self)
        guard text == self.contract.document || text == self.contract.query else { return "the body is \(text)" }
        return self.checkAuthorization(seen)
    }
}

/// Sends every request to a port of this machine, under its own host's name.
private struct Detour: HTTPTransport {
    let transport: AsyncHTTPTransport
    let port: Int

    func send(_ request: SentRequest) async throws -> SentAnswer {
        var request = request
        let rest = request.url.firstRange(of: "://").map { request.url[$0.upperBound...] } ?? request.url[...]
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        request.headers["Host"] = String(host)
        request.url = "http://127.0.0.1:\(self.port)\(rest.dropFirst(host.count))"
        return try await self.transport.send(request)
    }
}
