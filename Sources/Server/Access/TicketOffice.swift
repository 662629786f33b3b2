import Foundation
import PulseModel
import Store

/// Hands out tickets for progress channels to browsers, which can send no headers when they open a WebSocket.
///
/// A ticket is used once, soon, and at the process that gave it.
actor TicketOffice {
    private struct Ticket {
        var principal: Principal
        var channel: ProgressChannel?
        var until: ContinuousClock.Instant
    }

    let lifetime: Duration
    private let perTenant: Int
    private let capacity: Int
    private var tickets: [String: Ticket] = [:]

    init(lifetime: Duration = .seconds(30), perTenant: Int = 1_000, capacity: Int = 20_000) {
        self.lifetime = lifetime
        self.perTenant = perTenant
        self.capacity = capacity
    }

    /// - Parameter channel: the only channel that it opens; nil for any.
    /// - Returns: 256 random bits in base64url.
    func issue(to principal: Principal, channel: ProgressChannel?) throws(Problem) -> String {
        let now = ContinuousClock.now
        self.tickets = self.tickets.filter { $0.value.until > now }
        let own = self.tickets.values.count { $0.principal.tenant == principal.tenant }
        guard own < self.perTenant, self.tickets.count < self.capacity else {
            throw Problem.tooMany(
                "too many tickets are unused",
                remedy: "use the tickets, or wait until they expire",
                retryAfter: 30
            )
        }
        var generator = SystemRandomNumberGenerator()
        let random = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = Data(random).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        self.tickets[text] = Ticket(principal: principal, channel: channel, until: now + self.lifetime)
        return text
    }

    /// Who the ticket was given to; nil where it is unknown, used, expired, or for another channel. It is used up in any case.
    func redeem(_ ticket: String, channel: ProgressChannel) -> Principal? {
        guard let found = self.tickets.removeValue(forKey: ticket), found.until > .now else { return nil }
        guard found.channel == nil || found.channel == channel else { return nil }
        return found.principal
    }
}
