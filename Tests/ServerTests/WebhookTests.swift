import Crypto
import Foundation
import Hummingbird
import HummingbirdTesting
import Store
import Testing

@testable import Server

@Suite("Deliveries of webhooks", .timeLimit(.minutes(10)))
struct WebhookTests {
    private static let secret = "It's a Secret to Everybody"

    private static func signature(_ body: String, _ secret: String = Self.secret) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(body.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return "sha256=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("The signature of GitHub's documentation is right, and nothing that differs from it")
    func vector() {
        let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        let body = Array("Hello, World!".utf8)
        let secret = Array(Self.secret.utf8)
        #expect(WebhookRoutes.isRight(good, of: body, secret: secret))
        for bad in [
            "", "sha256=", "sha1=757107ea0eb2509fc211221cce984b8a37570b6d", good + "0", String(good.dropLast()),
            good.replacing("757", with: "758"), good.replacing("sha256=", with: ""),
            "sha256=" + String(repeating: "g", count: 64),
        ] {
            #expect(!WebhookRoutes.isRight(bad, of: body, secret: secret), "\(bad)")
        }
        #expect(!WebhookRoutes.isRight(good, of: body + [10], secret: secret))
        #expect(!WebhookRoutes.isRight(good, of: body, secret: Array("another".utf8)))
    }

    @Test(
        "A signed delivery is kept once; what is not signed, or meant for nobody, is refused alike",
        .enabled(if: TestWorld.isAvailable)
    )
    func route() async throws {
        try await TestWorld.with { world in
            let github = try await world.store.saveIntegration(
                tenant: world.acme,
                name: "github",
                kind: "github",
                baseURL: "https://api.github.example",
                configuration: "{}"
            )
            let server = TestWorld.server(store: world.store, webhookSecret: Self.secret)
            try await server.application().test(.live) { client in
                let body = #"{"zen":"Keep it logically awesome."}"#
                func deliver(
                    _ path: String,
                    _ delivery: String?,
                    signature: String? = Self.signature(body)
                ) async throws -> TestResponse {
                    var fields = ["x-github-event": "ping", "x-hub-signature-256": signature ?? ""]
                    fields["x-github-delivery"] = delivery
                    return try await client.send(.post, path, body: body, fields: fields)
                }
                let path = "/api/v1/webhooks/github/\(github.uuidString.lowercased())"
                let first = try await deliver(path, "d-1")
                #expect(first.status == .accepted)
                #expect(try first.member("status") == "accepted")
                let again = try await deliver(path, "d-1")
                #expect(again.status == .accepted)
                #expect(try again.member("status") == "duplicate")
                #expect(try await deliver(path, nil).status == .badRequest)
                for answer in [
                    try await deliver(path, "d-2", signature: nil),
                    try await deliver(path, "d-3", signature: Self.signature(body, "wrong")),
                    try await deliver(path.replacing("/github/", with: "/jira/"), "d-4"),
                    try await deliver("/api/v1/webhooks/github/\(UUID().uuidString.lowercased())", "d-5"),
                ] {
                    #expect(answer.status == .unauthorized)
                    #expect(try answer.member("code") == "unsigned")
                }
                let kept = try await world.database.query(
                    "SELECT delivery_id, event, convert_from(body, 'UTF8') AS body FROM webhook_deliveries"
                )
                #expect(kept.count == 1)
                #expect(try kept.first?.decode("body", as: String.self) == body)
            }
        }
    }

    @Test(
        "Large deliveries that are announced and never come shut out nobody's, small or large",
        .enabled(if: TestWorld.isAvailable)
    )
    func room() async throws {
        try await TestWorld.with { world in
            let github = try await world.store.saveIntegration(
                tenant: world.acme,
                name: "github",
                kind: "github",
                baseURL: "https://api.github.example",
                configuration: "{}"
            )
            let server = TestWorld.server(store: world.store, webhookSecret: Self.secret)
            try await server.application().test(.live) { client in
                let path = "/api/v1/webhooks/github/\(github.uuidString.lowercased())"
                let head = """
                    POST \(path) HTTP/1.1\r\nHost: localhost\r\nX-Hub-Signature-256: \(Self.signature("x"))\r\n\
                    Content-Length: 26214400\r\n\r\n
                    """
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            _ = try await RawHTTP.exchange(
                                port: client.port,
                                [head] + Array(repeating: "x", count: 600),
                                pause: .milliseconds(100)
                            )
                        }
                    }
                    try await Task.sleep(for: .seconds(1))
                    for body in ["{}", #"{"x":"\#(String(repeating: "x", count: 20 << 20))"}"#] {
                        let answer = try await client.send(
                            .post,
                            path,
                            body: body,
                            fields: [
                                "x-github-event": "ping", "x-github-delivery": "d-\(body.count)",
                                "x-hub-signature-256": Self.signature(body),
                            ]
                        )
                        #expect(answer.status == .accepted)
                    }
                    group.cancelAll()
                }
            }
        }
    }

    @Test(
        "Where the vault cannot be read, a delivery is not called wrong: its source is to send it again",
        .enabled(if: TestWorld.isAvailable),
        arguments: [VaultError.noKey, .keyMissing, .unreadable]
    )
    func unreadableVault(error: VaultError) async throws {
        try await TestWorld.with { world in
            let github = try await world.store.saveIntegration(
                tenant: world.acme,
                name: "github",
                kind: "github",
                baseURL: "https://api.github.example",
                configuration: "{}"
            )
            let server = TestWorld.server(store: world.store, vaultError: error)
            try await server.application().test(.live) { client in
                let answer = try await client.send(
                    .post,
                    "/api/v1/webhooks/github/\(github.uuidString.lowercased())",
                    body: "{}",
                    fields: ["x-github-delivery": "d-1", "x-hub-signature-256": Self.signature("{}")]
                )
                #expect(answer.status == .serviceUnavailable)
                #expect(!String(buffer: answer.body).contains("\(error)"), "what ails the vault is not for everybody")
            }
        }
    }
}
