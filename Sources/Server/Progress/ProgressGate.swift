import NIOCore
import NIOHTTP1
import PulseModel
import Store

/// Decides on an upgrade before it happens.
struct ProgressGate: Sendable {
    static let path = "/ws/progress/"

    let authenticator: Authenticator
    let budgets: RequestBudgets
    let tickets: TicketOffice
    let counts: ConnectionCounts
    let allowedOrigins: [String]
    let proxies: TrustedProxies

    /// - Parameter peer: at the other end of the connection; nil counts no failures.
    /// - Returns: an admission, for which a place of the tenant is taken: give it back with `counts.leave`.
    func admit(_ head: HTTPRequestHead, from peer: SocketAddress? = nil) async throws -> ProgressAdmission {
        let address = self.proxies.client(behind: peer, forwarded: head.headers["x-forwarded-for"])
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let channel = try Self.channel(String(parts.first ?? ""))
        guard head.method == .GET else { throw Problem.upgradeRequired }
        try self.checkOrigin(head.headers)
        let parameters = try QueryParameters(parts.count > 1 ? String(parts[1]) : nil, known: ["ticket"])
        let principal: Principal
        let presented = PresentedKey(authorization: head.headers["authorization"], apiKey: head.headers["x-api-key"])
        if case .none = presented, let ticket = try parameters.one("ticket") {
            principal = try await self.authenticator.attempt(from: address) {
                try await self.tickets.redeem(ticket, channel: channel)
            }
        } else {
            guard case .tenant(let owner) = try await self.authenticator.caller(presented, from: address) else {
                throw Problem.wrongKind(needed: .viewer)
            }
            principal = owner
        }
        let balance = self.budgets.take(principal.key)
        func refused(_ problem: Problem) -> Problem {
            var problem = problem
            problem.headers += balance?.headers ?? []
            return problem
        }
        if let seconds = balance?.retryAfter { throw refused(.overBudget(seconds)) }
        guard self.counts.enter(principal.tenant) else {
            throw refused(
                .tooMany(
                    "the tenant has as many progress channels open as it may",
                    remedy: "close some, or try again later",
                    retryAfter: 10
                )
            )
        }
        return ProgressAdmission(principal: principal, channel: channel)
    }

    static func channel(_ path: String) throws(Problem) -> ProgressChannel {
        guard path.hasPrefix(Self.path), let channel = ProgressChannel(rawValue: String(path.dropFirst(Self.path.count))) else {
            throw Problem.notFound(
                "there is no such channel",
                remedy: "use " + ProgressChannel.allCases.map { Self.path + $0.rawValue }.joined(separator: ", ")
            )
        }
        return channel
    }

    /// A browser says which page opens the channel; it must be one of ours. Other clients send no Origin.
    private func checkOrigin(_ headers: HTTPHeaders) throws(Problem) {
        let origins = headers["origin"]
        guard let origin = origins.first?.lowercased() else { return }
        guard origins.count == 1 else { throw Problem.foreignOrigin }
        if self.allowedOrigins.contains(where: { $0.lowercased() == origin }) { return }
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            let port = scheme == "http://" ? ":80" : ":443"
            func plain(_ authority: String) -> String {
                authority.hasSuffix(port) ? String(authority.dropLast(port.count)) : authority
            }
            if let host = headers["host"].first?.lowercased(), plain(host) == plain(String(origin.dropFirst(scheme.count))) {
                return
            }
        }
        throw Problem.foreignOrigin
    }
}
