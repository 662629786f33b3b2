import Crypto
import Foundation
import Hummingbird
import Store

/// Where sources tell by themselves what has changed.
///
/// A delivery whose signature is right becomes a row and is answered at once; a process of the role `etl` reads it. Who sends what is
/// known by the signature alone: an unknown integration, one without a secret and a wrong signature are answered alike.
struct WebhookRoutes: RouteSet {
    /// The secret that an integration's configuration names; nil where it names none or there is none. Throws where it cannot be read
    /// now.
    typealias Secrets = @Sendable (_ integration: WebhookIntegration) async throws -> [UInt8]?

    /// GitHub's own cap.
    private static let largestBody = 25 << 20

    private struct Kind: Sendable {
        var name: String
        var signature: String
        var delivery: [String]
        var event: String?
    }

    let store: Store
    let secrets: Secrets

    private static let kinds = [
        Kind(name: "github", signature: "x-hub-signature-256", delivery: ["x-github-delivery"], event: "x-github-event"),
        Kind(name: "jira", signature: "x-hub-signature", delivery: ["x-atlassian-webhook-identifier"], event: nil),
    ]

    var routes: [Route] { Self.kinds.map(self.route) }

    private func route(_ kind: Kind) -> Route {
        Route(
            .post,
            "/api/v1/webhooks/\(kind.name)/{integration}",
            id: "receive\(kind.name.capitalized)Webhook",
            access: .anyone,
            tag: .webhooks,
            summary: "Take a delivery of \(kind.name == "github" ? "GitHub" : "Jira")",
            details: """
                Signed with HMAC-SHA256 over the raw body under the integration's `webhook_secret`, in the header \
                `\(kind.signature)` as `sha256=…`. The same delivery (`\(kind.delivery[0])`) counts once.
                """,
            parameters: [.path("integration", .text(.uuid), "The integration's id; `pulse integration list --json` shows it.")],
            body: .bytes(largest: Self.largestBody) { request throws(Problem) in
                // Twenty-five megabytes are not read for somebody who has signed nothing.
                guard Self.code(request.headers.values(kind.signature).first ?? "") != nil else { throw Problem.unsigned }
            },
            answers: [
                .accepted(
                    .object(.required("status", .choice(["accepted", "duplicate"]))),
                    "It is kept, and read within seconds; or it was kept before."
                )
            ],
            problems: [
                .unsigned,
                .other(.serviceUnavailable, "The database or the vault cannot be read, or too many large bodies arrive at once."),
            ]
        ) { call in try await self.receive(kind, call) }
    }

    private func receive(_ kind: Kind, _ call: RouteCall) async throws -> Response {
        let headers = call.request.headers
        guard let integration = call.uuid("integration") else { throw Problem.unsigned }
        let known = try await self.store.webhookIntegration(integration)
        let secret = try await self.secret(of: known, kind, call)
        let signature = headers.values(kind.signature).first ?? ""
        // Computed in any case, so that the time tells nothing of whether the integration is there.
        let isRight = Self.isRight(signature, of: call.bytes, secret: secret ?? Array("no such integration".utf8))
        guard isRight, let known, let secret, !secret.isEmpty else { throw Problem.unsigned }
        guard let delivery = kind.delivery.lazy.compactMap({ headers.values($0).first }).first, (1...200).contains(delivery.count)
        else { throw Problem.invalid(kind.delivery[0], "it is missing", allowed: "send the header as the source does") }
        let isNew = try await self.store.receiveWebhook(
            tenant: known.tenant,
            integration: integration,
            delivery: delivery,
            event: String((kind.event.flatMap { headers.values($0).first } ?? "").prefix(200)),
            body: call.bytes
        )
        return try call.answer(["status": isNew ? "accepted" : "duplicate"], status: .accepted)
    }

    /// - Throws: what says nothing of the installation, to whom nobody knows yet.
    private func secret(of integration: WebhookIntegration?, _ kind: Kind, _ call: RouteCall) async throws -> [UInt8]? {
        guard let integration, integration.kind == kind.name else { return nil }
        do {
            return try await self.secrets(integration)
        } catch {
            call.logger.error("a delivery's signature cannot be checked", metadata: ["error": "\(error)"])
            throw Problem.unavailable("the delivery cannot be checked now", remedy: "send it again later")
        }
    }

    /// Compared in constant time.
    static func isRight(_ signature: String, of body: [UInt8], secret: [UInt8]) -> Bool {
        guard let code = self.code(signature) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: SymmetricKey(data: secret))
    }

    /// The bytes of `sha256=…`; nil where it is no such signature.
    private static func code(_ signature: String) -> [UInt8]? {
        let prefix = "sha256="
        guard signature.lowercased().hasPrefix(prefix) else { return nil }
        let digits = Array(signature.utf8.dropFirst(prefix.utf8.count))
        guard digits.count == 64 else { return nil }
        var code: [UInt8] = []
        for place in stride(from: 0, to: 64, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16) else { return nil }
            code.append(byte)
        }
        return code
    }
}

extension Problem {
    static let unsigned = Problem(
        status: .unauthorized,
        code: "unsigned",
        title: "The signature is not right",
        detail: "no integration of this id takes a delivery with this signature",
        remedy: "check the address, and that the webhook's secret is the one that the integration's webhook_secret names"
    )
}

extension RouteProblem {
    static let unsigned = RouteProblem.other(.unauthorized, "The integration is unknown, or the signature is not right.")
}
