import AsyncHTTPClient
import Crypto
import Foundation
import Hummingbird

extension SandboxState {
    /// From now on changes of GitHub's objects are told there, signed with the secret.
    public func addWebhook(url: String, secret: String) {
        read { $0.webhooks.append(Webhook(url: url, secret: secret)) }
    }

    /// What has been sent so far, oldest first.
    public var sentDeliveries: [SentDelivery] { read { $0.deliveries } }

    /// Tells of an event: once and without waiting, as GitHub does.
    func tell(_ event: String, _ payload: JSONValue) {
        let body = payload.serialized()
        let new: [SentDelivery] = read { content in
            let new = content.webhooks.map { hook in
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
                    url: hook.url
                )
            }
            content.deliveries += new
            return new
        }
        for delivery in new where !delivery.url.isEmpty {
            Task {
                var request = HTTPClientRequest(url: delivery.url)
                request.method = .POST
                request.headers.add(name: "content-type", value: "application/json")
                request.headers.add(name: "user-agent", value: "GitHub-Hookshot/sandbox")
                request.headers.add(name: "x-github-event", value: delivery.event)
                request.headers.add(name: "x-github-delivery", value: delivery.id)
                request.headers.add(name: "x-hub-signature-256", value: delivery.signature)
                request.body = .bytes(ByteBuffer(bytes: delivery.body))
                _ = try? await HTTPClient.shared.execute(request, timeout: .seconds(10))
            }
        }
    }

    /// What every event says of its repository.
    func repositoryPayload(_ name: String) -> JSONValue {
        read { content in
            content.gitHub.repositories.first { $0.fullName == name }.map { $0.document.json() } ?? .null
        }
    }

    func tellOfPull(_ action: String, _ repository: String, _ number: Int) {
        guard read({ !$0.webhooks.isEmpty }) else { return }
        let pull: JSONValue = read { content in
            content.gitHub.repositories.first { $0.fullName == repository }?.pulls.first { $0.number == number }?.document.json()
                ?? .null
        }
        tell(
            "pull_request",
            [
                "action": .string(action), "number": .int(number), "pull_request": pull,
                "repository": repositoryPayload(repository),
            ]
        )
    }

    func tellOfComment(_ action: String, _ repository: String, _ kind: String, _ comment: GitHubWorld.Comment) {
        guard read({ !$0.webhooks.isEmpty }) else { return }
        var payload: JSONValue = [
            "action": .string(action), "comment": comment.document.json(), "repository": repositoryPayload(repository),
        ]
        if kind == "review" {
            payload["pull_request"] = ["number": comment.number.map { .int($0) } ?? .null]
        } else {
            payload["issue"] = ["number": comment.number.map { .int($0) } ?? .null, "pull_request": ["url": ""]]
        }
        tell(kind == "review" ? "pull_request_review_comment" : "issue_comment", payload)
    }
}
