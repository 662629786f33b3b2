import Hummingbird
import PulseModel

/// `POST /api/v1/progress/tickets`, and an explanation for those who come to a channel without a WebSocket.
struct TicketRoutes: RouteSet {
    let tickets: TicketOffice

    var routes: [Route] {
        [
            Route(
                .post,
                "/api/v1/progress/tickets",
                id: "createProgressTicket",
                access: .viewer,
                tag: .progress,
                summary: "A ticket to open a progress channel with",
                details:
                    "For browsers, which can send no headers when they open a WebSocket: `?ticket=`. It is good once, and soon.",
                body: .json(
                    .object(.optional("channel", .choice(of: ProgressChannel.self), "The only channel that it opens.")),
                    isRequired: false
                ),
                answers: [
                    .ok(
                        .object(.required("ticket", .text), .required("expires_in", .count, "Seconds.")).named("Ticket"),
                        "The ticket."
                    )
                ],
                answersSecret: true
            ) { call in
                let fields = try call.body(Fields.self, emptyIs: Fields())
                let ticket = try await self.tickets.issue(to: try call.principal, channel: fields.channel)
                var response = try call.answer(Answer(ticket: ticket, expiresIn: Int(self.tickets.lifetime.components.seconds)))
                // A WebSocket comes next. Clients that pool connections, such as Node's, would ask for it on this one, where an
                // upgrade is not looked at any more.
                response.headers[.connection] = "close"
                return response
            },
            Route(
                .get,
                "\(ProgressGate.path){channel}",
                id: "followProgress",
                access: .anyone,
                tag: .progress,
                summary: "The progress of the tenant's work, as a WebSocket",
                details: """
                    Authenticated before the upgrade, by `Authorization`, `X-API-Key` or `?ticket=`. Text frames of JSON: `job_started`, \
                    `job_progress`, `job_completed`, `job_error`. A newcomer gets the last message at once; slow readers get the newest \
                    progress and every start and end. Any role. A channel closes with 1008 where its key is revoked or its token expires.
                    """,
                parameters: [
                    .path("channel", .choice(of: ProgressChannel.self), "What to follow."),
                    .query("ticket", .text(.plain(1...200)), "Of `POST /api/v1/progress/tickets`."),
                ],
                answers: [RouteAnswer(status: .switchingProtocols, note: "The channel is open.", content: .nothing)],
                problems: [
                    .other(.upgradeRequired, "The request was no WebSocket handshake, or not its connection's first request."),
                    .other(.unauthorized, "There is no key or ticket in force."),
                    .other(.forbidden, "The page that opens the channel is of another origin."),
                    .other(.tooManyRequests, "The tenant has as many channels open as it may, or the key is over its requests."),
                    .other(.serviceUnavailable, "The service is temporarily unavailable."),
                ]
            ) { _ in throw Problem.upgradeRequired },
        ]
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
