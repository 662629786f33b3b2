import Foundation
import Hummingbird

/// What every answer of the played GitHub passes: User-Agent, token, the token's budget, the entity tag.
struct GitHubGate: Sendable {
    enum Resource: String, Sendable {
        case core
        case graph = "graphql"
    }

    let state: SandboxState
    /// Any of these is taken; none is asked for where there are none and no app is known.
    let tokens: [String]

    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    /// Each token has a budget for each API.
    private static func key(_ resource: Resource, _ token: String) -> String { "\(resource.rawValue) \(token)" }

    func budget(_ resource: Resource, _ call: GitHubCall) -> RateBudget {
        state.read { $0.rates[Self.key(resource, call.token)] ?? RateBudget(limit: $0.rateLimit) }
    }

    /// - Returns: whether the token has that much left.
    func spend(_ cost: Int, _ resource: Resource, _ call: GitHubCall) -> Bool {
        state.read { content in
            if resource == .graph { content.graphPoints += cost }
            return content.rates[Self.key(resource, call.token), default: RateBudget(limit: content.rateLimit)]
                .spend(cost, nowSeconds: Self.now)
        }
    }

    func answer(
        _ request: Request,
        resource: Resource = .core,
        cost: Int = 1,
        _ make: (GitHubCall) -> Reply
    ) -> Response {
        let headers = request.headers
        guard headers.value("user-agent")?.isEmpty == false else {
            return GitHubCall.failure(403, "Request forbidden by administrative rules. Send a User-Agent header.").response()
        }
        let credentials = headers.value("authorization") ?? ""
        let isOfApp: Bool? = state.read { $0.appTokens?.isGood(credentials, now: Date()) }
        if !tokens.isEmpty || isOfApp != nil {
            let isKnown = tokens.contains { credentials == "Bearer " + $0 || credentials == "token " + $0 }
            guard isKnown || isOfApp == true else {
                return GitHubCall.failure(401, credentials.isEmpty ? "Requires authentication" : "Bad credentials").response()
            }
        }
        let call = GitHubCall(request)
        let passes = spend(cost, resource, call)
        var reply = passes ? make(call) : GitHubCall.failure(403, "API rate limit exceeded for the sandbox.")
        var bytes = reply.json?.serialized()
        if reply.status == 200, resource == .core, let body = bytes {
            let tag = "W/\"" + Self.fingerprint(body) + "\""
            reply.headers.append(("etag", tag))
            let offered = (headers.value("if-none-match") ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
            if offered.contains(tag) || offered.contains(String(tag.dropFirst(2))) {
                // Nothing new costs nothing.
                state.read { content in
                    content.rates[Self.key(resource, call.token)]?.giveBack(cost)
                    content.unchangedAnswers += 1
                }
                reply.status = 304
                bytes = nil
            }
        }
        if reply.status == 200 {
            reply.headers.append(("x-sandbox-page", call.path + (reply.page.map { " " + $0 } ?? "?" + call.query.text)))
        }
        let rate = budget(resource, call)
        reply.headers += [
            ("x-ratelimit-limit", String(rate.limit)), ("x-ratelimit-remaining", String(rate.remaining)),
            ("x-ratelimit-used", String(rate.used)), ("x-ratelimit-reset", String(rate.reset)),
            ("x-ratelimit-resource", resource.rawValue), ("x-github-media-type", "github.v3; format=json"),
        ]
        return reply.response(bytes: bytes)
    }

    /// FNV-1a, 64 bits.
    private static func fingerprint(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
