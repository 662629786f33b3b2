import Hummingbird
import PulseModel

/// `POST /api/v1/progress/tickets`, and an explanation for those who come to a channel without a WebSocket.
struct TicketRoutes: Sendable {
    let tickets: TicketOffice

    func add(to group: RouterGroup<PulseContext>) {
        group.post("/progress/tickets") { request, context in
            let principal = try context.requirePrincipal()
            let fields = try await StrictJSON.decode(Fields.self, from: request, emptyIs: Fields())
            let ticket = try await self.tickets.issue(to: principal, channel: fields.channel)
            var response = try JSONAnswer.response(
                Answer(ticket: ticket, expiresIn: Int(self.tickets.lifetime.components.seconds))
            )
            // A WebSocket comes next. Clients that pool connections, such as Node's, would ask for it on this one, where an upgrade
            // is not looked at any more.
            response.headers[.connection] = "close"
            return response
        }
    }

    static func addExplanation(to router: Router<PulseContext>) {
        router.get("/ws/progress/:channel") { request, _ -> Response in
            _ = try ProgressGate.channel(request.uri.path)
            throw Problem.upgradeRequired
        }
    }

    private struct Answer: Encodable {
        enum CodingKeys: String, CodingKey {
            case ticket
            case expiresIn = "expires_in"
        }

        var ticket: String
        var expiresIn: Int
    }

    private struct Fields: Decodable {
        enum Members: String, CodingKey, CaseIterable {
            case channel
        }

        var channel: ProgressChannel?

        init() {}

        init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(besides: Members.self)
            let container = try decoder.container(keyedBy: Members.self)
            guard let text = try container.decodeIfPresent(String.self, forKey: .channel) else { return }
            guard let channel = ProgressChannel(rawValue: text) else {
                throw Problem.invalid(
                    "channel",
                    "there is no \(text.prefix(100))",
                    allowed: "use " + ProgressChannel.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            self.channel = channel
        }
    }
}
