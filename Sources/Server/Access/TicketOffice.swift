import Foundation
import PulseModel
import Store

/// Hands out tickets for progress channels to browsers, which can send no headers when they open a WebSocket.
///
/// A ticket is used once, soon, and at any process: a load balancer may send the browser to another one than gave it.
struct TicketOffice: Sendable {
    let store: Store
    var lifetime = Duration.seconds(30)
    var perTenant = 1_000
    var capacity = 20_000

    /// - Parameter channel: the only channel that it opens; nil for any.
    /// - Returns: 256 random bits in base64url.
    func issue(to principal: Principal, channel: ProgressChannel?) async throws -> String {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = Data(random).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        let isKept = try await self.store.keepTicket(
            text,
            for: principal,
            channel: channel,
            lifetime: self.lifetime,
            most: (ofTenant: self.perTenant, ofAll: self.capacity)
        )
        guard isKept else {
            throw Problem.tooMany(
                "too many tickets are unused",
                remedy: "use the tickets, or wait until they expire",
                retryAfter: 30
            )
        }
        return text
    }

    /// Who the ticket was given to; nil where it is unknown, used, expired, or for another channel. It is used up in any case.
    func redeem(_ ticket: String, channel: ProgressChannel) async throws -> Principal? {
        try await self.store.redeemTicket(ticket, channel: channel)
    }
}
