import AsyncHTTPClient
import Crypto
import Foundation
import Hummingbird

extension SandboxState {
    /// From now on changes of GitHub's objects are told there, signed with the secret.
    public func addWebhook(url: String, secret: String) { add(Webhook(source: .github, url: url, secret: secret)) }

    /// The same for Jira's.
    public func addJiraWebhook(url: String, secret: String) { add(Webhook(source: .jira, url: url, secret: secret)) }

    func add(_ webhook: Webhook) { read { $0.webhooks.append(webhook) } }

    /// What has been sent so far, oldest first.
    public var sentDeliveries: [SentDelivery] { read { $0.deliveries } }

    func hasWebhooks(_ source: Webhook.Source) -> Bool { read { $0.webhooks.contains { $0.source == source } } }

    /// Tells of an event: once and without waiting, as both do.
    func tell(_ source: Webhook.Source, _ event: String, _ payload: JSONValue) {
        let body = payload.serialized()
        let new: [SentDelivery] = read { content in
            let new = content.webhooks.filter { $0.source == source }.map { hook in
                content.serial += 1
                let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(hook.secret.utf8)))
                let digits = code.map { byte in
                    let text = String(byte, radix: 16)
                    return text.count == 1 ? "0" + text : text
                }
                return SentDelivery(
                    id: "72d3162e-cc78-11e3-81ab-\(String(content.serial, radix: 16))",
                    event: event,
                    body: body,
                    signature: "sha256=" + digits.joined(),
                    source: source,
                    url: hook.url
                )
            }
            content.deliveries += new
            return new
        }
        for delivery in new { send(delivery, again: false) }
    }

    /// Sends all deliveries once more, each under its own id, as a person does who presses "redeliver" and as Jira does where no answer
    /// came.
    public func repeatDeliveries() {
        for delivery in sentDeliveries { send(delivery, again: true) }
    }

    private func send(_ delivery: SentDelivery, again: Bool) {
        guard !delivery.url.isEmpty else { return }
        Task {
            var request = HTTPClientRequest(url: delivery.url)
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            switch delivery.source {
            case .github:
                request.headers.add(name: "user-agent", value: "GitHub-Hookshot/sandbox")
                request.headers.add(name: "x-github-event", value: delivery.event)
                request.headers.add(name: "x-github-delivery", value: delivery.id)
                request.headers.add(name: "x-hub-signature-256", value: delivery.signature)
            case .jira:
                request.headers.add(name: "user-agent", value: "Atlassian Webhook HTTP Client")
                request.headers.add(name: "x-atlassian-webhook-identifier", value: delivery.id)
                request.headers.add(name: "x-atlassian-webhook-flow", value: "Primary")
                if again { request.headers.add(name: "x-atlassian-webhook-retry", value: "1") }
                request.headers.add(name: "x-hub-signature", value: delivery.signature)
            }
            request.body = .bytes(ByteBuffer(bytes: delivery.body))
            let answer = try? await HTTPClient.shared.execute(request, timeout: .seconds(10))
            let status = answer.map { Int($0.status.code) } ?? 0
            read { content in
                guard let index = content.deliveries.firstIndex(where: { $0.id == delivery.id }) else { return }
                content.deliveries[index].answers.append(status)
            }
        }
    }
}
