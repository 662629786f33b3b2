import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Postgres
import Store
import Testing

@testable import Server

@Suite("Keys, tenants and roles", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct KeyRoutesTests {
    @Test("A key made over the API opens what its role may, and nothing once it is revoked")
    func lifecycle() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let made = try await client.send(
                    .post,
                    "/api/v1/keys",
                    key: world.administratorKey,
                    body: #"{"name": "ci", "role": "operator"}"#
                )
                #expect(made.status == .created)
                let key = try #require(try made.member("api_key"))
                let id = try #require(try made.member("id"))
                let me = try await client.send(.get, "/api/v1/me", key: key)
                #expect(try me.member("role") == "operator")
                #expect(try me.member("tenant") == "acme")
                let listed = try await client.send(.get, "/api/v1/keys", key: world.administratorKey)
                #expect(String(buffer: listed.body).contains(id))
                #expect(!String(buffer: listed.body).contains(key))
                // Another tenant's administrator finds no such key.
                #expect(try await client.send(.delete, "/api/v1/keys/\(id)", key: world.rivalKey).status == .notFound)
                #expect(try await client.send(.delete, "/api/v1/keys/\(id)", key: world.administratorKey).status == .noContent)
                #expect(try await client.send(.get, "/api/v1/me", key: key).status == .unauthorized)
                let own = try await client.send(.get, "/api/v1/keys", key: world.administratorKey)
                let keys =
                    try #require(
                        try JSONSerialization.jsonObject(with: Data(own.body.readableBytesView)) as? [String: Any]
                    )["keys"] as? [[String: Any]]
                let first = try #require(keys?.first { $0["name"] as? String == "one" }?["id"] as? String)
                let refused = try await client.send(.delete, "/api/v1/keys/\(first)", key: world.administratorKey)
                #expect(refused.status == .conflict)
            }
        }
    }

    @Test("A key that has expired, or will at a time that makes no sense, is none")
    func expiry() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                for time in ["2001-01-01", "2026-02-30"] {
                    let body = #"{"name": "x", "expires_at": "\#(time)"}"#
                    let answer = try await client.send(.post, "/api/v1/keys", key: world.administratorKey, body: body)
                    #expect(answer.status == .unprocessableContent)
                }
                let body = #"{"name": "x", "expires_at": "9998-12-31"}"#
                let made = try await client.send(.post, "/api/v1/keys", key: world.administratorKey, body: body)
                let key = try #require(try made.member("api_key"))
                _ = try await world.database.query("UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE name = 'x'")
                #expect(try await client.send(.get, "/api/v1/me", key: key).status == .unauthorized)
            }
        }
    }

    @Test("Each route is closed to lower roles and to the other kind of key")
    func roles() async throws {
        try await TestWorld.with { world in
            let table = TestWorld.server(store: world.store).described
            try await world.serve { client in
                for route in table.routes where route.access != .anyone {
                    let uri = route.path.replacing(/\{[a-z_]+\}/, with: "x")
                    let name = Comment(rawValue: route.id)
                    let open = try await client.send(route.method, uri)
                    #expect(open.status == .unauthorized, name)
                    let other = route.access == .installation ? world.administratorKey : world.installationKey
                    let wrong = try await client.send(route.method, uri, key: other)
                    #expect(wrong.status == .forbidden, name)
                    if route.access == .operator || route.access == .administrator {
                        let low = try await client.send(route.method, uri, key: world.viewerKey)
                        #expect(low.status == .forbidden, name)
                    }
                }
            }
        }
    }

    @Test("An administrator of the installation makes a tenant and its key, closes it, and opens it again")
    func tenants() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let key = world.installationKey
                let made = try await client.send(.post, "/api/v1/tenants", key: key, body: #"{"name": "third"}"#)
                #expect(made.status == .created)
                let id = try #require(try made.member("id"))
                #expect(
                    try await client.send(.post, "/api/v1/tenants", key: key, body: #"{"name": "third"}"#).status == .conflict
                )
                #expect(
                    try await client.send(.post, "/api/v1/tenants", key: key, body: #"{"name": "No!"}"#).status == .badRequest
                )
                let path = "/api/v1/tenants/\(id)"
                let theirs = try await client.send(.post, "\(path)/keys", key: key, body: #"{"name": "first"}"#)
                let text = try #require(try theirs.member("api_key"))
                #expect(try await client.send(.get, "/api/v1/me", key: text).member("tenant") == "third")
                #expect(try await client.send(.patch, path, key: key, body: #"{"active": false}"#).member("active") == "0")
                let fresh = try await client.send(.post, "\(path)/keys", key: key, body: #"{"name": "second"}"#)
                let second = try #require(try fresh.member("api_key"))
                #expect(try await client.send(.get, "/api/v1/me", key: second).status == .unauthorized)
                #expect(try await client.send(.patch, path, key: key, body: #"{"active": true}"#).status == .ok)
                #expect(try await client.send(.get, "/api/v1/me", key: second).status == .ok)
                let unknown = "/api/v1/tenants/\(UUID().uuidString)"
                #expect(try await client.send(.get, unknown, key: key).status == .notFound)
                // Page by page, each once.
                var names: [String] = []
                var uri = "/api/v1/tenants?limit=1"
                for _ in 0..<5 {
                    let page = try await client.send(.get, uri, key: key)
                    let object = try JSONSerialization.jsonObject(with: Data(page.body.readableBytesView)) as? [String: Any]
                    names += (object?["tenants"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
                    guard let next = object?["next_cursor"] as? String else { break }
                    uri = "/api/v1/tenants?limit=1&cursor=\(next)"
                }
                #expect(names == ["acme", "rival", "third"])
            }
        }
    }

    @Test("A token of the trusted issuer opens its tenant with its role")
    func tokens() async throws {
        try await TestWorld.with { world in
            let claims: [String: JSONValue] = [
                "iss": "https://issuer.example", "aud": "pulse", "sub": "ann@acme.example", "tenant": "acme", "role": "viewer",
                "exp": .integer(Int(Date().timeIntervalSince1970) + 60),
            ]
            @Sendable func token(_ changes: [String: JSONValue]) throws -> String {
                try TokenTests.token(claims.merging(changes) { $1 }, secret: TestWorld.tokenSecret)
            }
            try await world.serve { client in
                let me = try await client.send(.get, "/api/v1/me", key: token([:]))
                #expect(try me.member("actor") == "user ann@acme.example")
                #expect(try await client.send(.get, "/api/v1/keys", key: token([:])).status == .forbidden)
                #expect(try await client.send(.get, "/api/v1/keys", key: token(["role": "administrator"])).status == .ok)
                for changes: [String: JSONValue] in [
                    ["tenant": "nobody"], ["role": "owner"], ["tenant": "Acme"], ["exp": 1_000], ["tenant": .null],
                ] {
                    let refused = try await client.send(.get, "/api/v1/me", key: token(changes))
                    #expect(refused.status == .unauthorized)
                }
                let root = try token(["tenant": .null, "role": "installation"])
                #expect(try await client.send(.get, "/api/v1/tenants", key: root).status == .ok)
            }
        }
    }

    @Test("The first key of an installation is made once, and only where there is no other")
    func firstKey() async throws {
        try await TestWorld.with { world in
            #expect(try await world.store.firstInstallationKey() == nil)
            _ = try await world.database.query("DELETE FROM api_keys")
            _ = try await world.database.query("DELETE FROM installation_keys")
            async let one = world.store.firstInstallationKey()
            async let two = world.store.firstInstallationKey()
            let keys = try await [one, two].compactMap(\.self)
            #expect(keys.count == 1)
            try await world.serve { client in
                let answer = try await client.send(.get, "/api/v1/tenants", key: keys.first)
                #expect(answer.status == .ok)
            }
        }
    }
}
