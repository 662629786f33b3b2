import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PulseModel
import Store
import Testing

@testable import Search
@testable import Server

@Suite("The API", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct APITests {
    @Test("Only a key in force opens it")
    func keys() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let wrong = "pulse_" + String(repeating: "x", count: 43)
                for key in [nil, "nonsense", wrong] {
                    let answer = try await client.send(.get, "/api/v1/status", key: key)
                    #expect(answer.status == .unauthorized)
                    #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"pulse\"")
                    #expect(answer.headers[.contentType] == "application/problem+json")
                    #expect(try answer.member("code") == "unauthenticated")
                }
                #expect(try await client.send(.get, "/api/v1/status", key: world.viewerKey).status == .ok)
                let byHeader = try await client.execute(
                    uri: "/api/v1/status",
                    method: .get,
                    headers: [try #require(HTTPField.Name("X-API-Key")): world.rivalKey]
                )
                #expect(try byHeader.member("tenant") == "rival")
            }
        }
    }

    @Test("The status names all fifteen tables, and only the key's tenant")
    func status() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let answer = try await client.send(.get, "/api/v1/status", key: world.viewerKey)
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any]
                )
                let tables = try #require(object["tables"] as? [[String: Any]])
                #expect(tables.compactMap { $0["table"] as? String } == EntityTable.allCases.map(\.rawValue))
                #expect(object["tenant"] as? String == "acme")
                #expect((object["backlog"] as? [String: Any])?["pending"] as? Int == 0)
            }
        }
    }

    @Test("Requeueing takes an operator")
    func roles() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let path = "/api/v1/vectorization/requeue"
                let refused = try await client.send(.post, path, key: world.viewerKey)
                #expect(refused.status == .forbidden)
                #expect(try refused.member("detail")?.contains("operator") == true)
                let done = try await client.send(
                    .post,
                    path,
                    key: world.administratorKey,
                    body: #"{"table":"prs","kind":"content"}"#
                )
                #expect(done.status == .ok)
                #expect(try done.member("requeued") == "0")
                for body in [#"{"table":"users"}"#, #"{"kind":"any"}"#, #"{"tables":"prs"}"#, "7"] {
                    #expect(try await client.send(.post, path, key: world.administratorKey, body: body).status == .badRequest)
                }
                let failures = try await client.send(.get, "/api/v1/vectorization/failures?limit=5", key: world.viewerKey)
                #expect(failures.status == .ok)
                #expect(
                    try await client.send(.get, "/api/v1/vectorization/failures?limit=0", key: world.viewerKey).status
                        == .badRequest
                )
            }
        }
    }

    @Test("Rows that wait after a failure are told with reason and next try, and can be had tried now, by their tenant alone")
    func waiting() async throws {
        try await TestWorld.with { world in
            let integration = try await world.store.saveIntegration(
                tenant: world.acme,
                name: "jira",
                kind: "jira",
                baseURL: "https://acme.example",
                configuration: "{}"
            )
            try await world.database.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation,
                    failure_kind, error_message, available_at)
                SELECT $1, $2, 'jira', 'wits', n::text, gen_random_uuid(), 'insert', 'configuration', 'no key',
                    now() + interval '2 minutes'
                FROM generate_series(1, 3) AS n
                """,
                [.uuid(world.acme), .uuid(integration)]
            )
            try await world.serve { client in
                func waiting(_ key: String) async throws -> [[String: Any]] {
                    let answer = try await client.send(.get, "/api/v1/vectorization/queue", key: key)
                    let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any]
                    return try #require(object?["waiting"] as? [[String: Any]])
                }
                let delays = try await waiting(world.viewerKey)
                #expect(delays.count == 1)
                #expect(delays.first?["table"] as? String == "wits" && delays.first?["rows"] as? Int == 3)
                #expect(delays.first?["kind"] as? String == "configuration" && delays.first?["reason"] as? String == "no key")
                let next = try Date(try #require(delays.first?["next_at"] as? String), strategy: .iso8601)
                #expect((60...121).contains(next.timeIntervalSinceNow))
                #expect(try await waiting(world.rivalKey).isEmpty)

                let path = "/api/v1/vectorization/requeue"
                let other = try await client.send(.post, path, key: world.administratorKey, body: #"{"kind":"transient"}"#)
                #expect(try other.member("hastened") == "0")
                let done = try await client.send(.post, path, key: world.administratorKey)
                #expect(try done.member("hastened") == "3" && done.member("requeued") == "0")
                #expect(try await world.store.backlog(tenant: world.acme).nextAt.map { $0.timeIntervalSinceNow <= 1 } == true)
            }
        }
    }

    @Test("A search before the first vectorization says so, and one without Qdrant says what is away")
    func searches() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let early = try await client.send(.get, "/api/v1/search?q=payments", key: world.viewerKey)
                #expect(early.status == .conflict)
                #expect(try early.member("code") == "nothing_indexed")
                _ = try await world.store.ensureLiveSpace(
                    tenant: world.acme,
                    proposed: TenantSpace(space: "scripted-64", provider: "scripted", collection: "pulse")
                )
                for mode in ["hybrid", "semantic", "lexical"] {
                    let answer = try await client.send(
                        .post,
                        "/api/v1/search",
                        key: world.viewerKey,
                        body: #"{"query": "payments", "mode": "\#(mode)"}"#
                    )
                    #expect(answer.status == .serviceUnavailable)
                    #expect(try answer.member("code") == "unavailable")
                    #expect(!String(buffer: answer.body).contains("127.0.0.1"))
                }
            }
        }
    }

    @Test("Bad input is never the server's fault")
    func badInput() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                for body in ["", "{", "[[[[", #"{"query": "x", "nothing": 1}"#, "\u{0}", String(repeating: "[", count: 60_000)] {
                    let answer = try await client.send(.post, "/api/v1/search", key: world.viewerKey, body: body)
                    #expect(answer.status == .badRequest)
                    #expect(try answer.member("code") == "invalid_request")
                }
                for path in ["/nothing", "/api/v1/nothing", "/api/v1/search/", "/%00", "/api/v1/search?q=%"] {
                    let status = try await client.send(.get, path, key: world.viewerKey).status.code
                    #expect((400..<500).contains(status), "\(path) \(status)")
                }
                let wrong = try await client.send(.delete, "/api/v1/search", key: world.viewerKey)
                #expect(wrong.status == .methodNotAllowed)
                #expect(wrong.headers.values("allow") == ["GET, HEAD, POST"])
                // The answer ends the connection, so it comes last.
                let large = #"{"query": ""# + String(repeating: "x", count: 70_000) + #""}"#
                let answer = try await client.send(.post, "/api/v1/search", key: world.viewerKey, body: large)
                #expect(answer.status == .contentTooLarge)
            }
        }
    }

    @Test("Each answer carries an id and tells browsers to be careful")
    func headers() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let id = try #require(HTTPField.Name("X-Request-ID"))
                let own = try await client.execute(uri: "/health", method: .get, headers: [id: "trace-1"])
                #expect(own.headers[id] == "trace-1")
                let made = try await client.execute(uri: "/nothing", method: .get, headers: [id: "no spaces, please"])
                #expect(made.headers[id]?.utf8.count == 36)
                #expect(made.headers[.xContentTypeOptions] == "nosniff")
                #expect(made.headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
                #expect(made.headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test("A port in use is named, with the way out")
    func portInUse() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let port = try #require(client.port)
                let second = TestWorld.server(
                    store: world.store,
                    configuration: ServerConfiguration(host: "localhost", port: port)
                )
                let error = await #expect(throws: ServerError.self) { try await second.run() }
                #expect(error == .portInUse(host: "localhost", port: port))
                #expect(error?.description.contains("PULSE_HTTP_PORT") == true)
            }
        }
    }
}

@Suite("The API without a database", .timeLimit(.minutes(1)))
struct DetachedAPITests {
    private func serve(
        checks: [ReadinessCheck] = [],
        _ body: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let store = try Store(url: "postgresql://nobody@127.0.0.1:1/nothing")
        try await TestWorld.server(store: store, checks: checks).application().test(.router) { client in try await body(client) }
        await store.close()
    }

    @Test("It lives, and says that it is not ready and why")
    func readiness() async throws {
        try await serve(checks: [ReadinessCheck(name: "postgresql", reason: "away"), ReadinessCheck(name: "qdrant")]) { client in
            #expect(try await client.send(.get, "/health").status == .ok)
            let answer = try await client.send(.get, "/ready")
            #expect(answer.status == .serviceUnavailable)
            let text = String(buffer: answer.body)
            #expect(text.contains(#"{"name":"postgresql","ready":false,"reason":"away"}"#))
            #expect(text.contains(#"{"name":"qdrant","ready":true}"#))
        }
        try await serve { client in
            let answer = try await client.send(.get, "/ready")
            #expect(answer.status == .ok)
        }
    }

    @Test("A key cannot be checked: that is 503, and nothing of the database's address is told")
    func away() async throws {
        try await serve { client in
            let answer = try await client.send(.get, "/api/v1/status", key: "pulse_" + String(repeating: "x", count: 43))
            #expect(answer.status == .serviceUnavailable)
            #expect(!String(buffer: answer.body).contains("nobody"))
        }
    }

    @Test("A probe that hangs counts as away")
    func hangingProbe() async {
        let check = await ReadinessCheck.probing("qdrant", within: .milliseconds(50)) { try await Task.sleep(for: .seconds(60)) }
        #expect(check.reason?.contains("no answer") == true)
        #expect(await ReadinessCheck.probing("qdrant") {}.isReady)
    }

    @Test("A probe's own words, which may name hosts, are for the log; what a person has to do is told")
    func probesWords() async {
        struct Refused: Error, CustomStringConvertible {
            var description: String { "connection to 10.0.0.7:5432 as pulse_app refused" }
        }
        let check = await ReadinessCheck.probing("postgresql") { throw Refused() }
        #expect(check.reason?.contains("10.0.0.7") == false)
        #expect(check.cause?.contains("10.0.0.7") == true)
        let empty = await ReadinessCheck.probing("postgresql") { throw StoreError.notMigrated }
        #expect(empty.reason?.contains("pulse migrate") == true)
    }

    @Test("The page allows its own script and style and nothing else")
    func page() async throws {
        try await serve { client in
            let answer = try await client.send(.get, "/")
            #expect(answer.status == .ok)
            let text = String(buffer: answer.body)
            #expect(text.contains("<script>\(PageScript.text)</script>"))
            let policy = try #require(answer.headers[.contentSecurityPolicy])
            #expect(policy.contains("script-src '\(PageRoutes.digest(PageScript.text))'"))
            #expect(policy.contains("default-src 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(!text.contains("innerHTML"))
            #expect(!text.contains(" src="))
        }
    }

    @Test("The page shows what was given up and sends it back, and its script finds each part that it names")
    func pageParts() throws {
        let html = PageMarkup.html(style: "", script: "")
        let named = Set(PageScript.text.matches(of: /find\("([^"]+)"\)/).map { String($0.1) })
        #expect(named.isSuperset(of: ["failures", "failures-text", "failures-table", "requeue"]))
        for id in named { #expect(html.contains("id=\"\(id)\""), "\(id)") }
        #expect(PageScript.text.contains(#"call("POST", "/api/v1/vectorization/requeue", {})"#))
    }

    @Test("Buttons stand beside the headings, the API's page is linked, and both pages have the same colours")
    func pageForm() {
        let html = PageMarkup.html(style: "", script: "")
        #expect(!html.contains(/<h2[^\n]*<button/))
        #expect(html.contains(#"<a href="/docs">"#))
        for style in [PageStyle.text, DocsStyle.text] {
            #expect(style.contains(PageStyle.colors))
            #expect(!style.replacing(PageStyle.colors, with: "").contains(/--[a-z-]+:|#[0-9a-f]{3,8}\b/))
        }
    }

    @Test("The page shows no answer to a key that was forgotten while it came")
    func forgottenKey() throws {
        func body(of function: String) throws -> Substring {
            let start = try #require(PageScript.text.range(of: "function \(function)() {"))
            let rest = PageScript.text[start.upperBound...]
            return rest[..<(try #require(rest.range(of: "\n}")).lowerBound)]
        }
        for (function, condition) in [("search", "number !== asked"), ("status", "mine !== key"), ("follow", "mine !== key")] {
            let answer = try #require(try body(of: function).components(separatedBy: "await call(").dropFirst().first)
            let check = try #require(answer.range(of: "if (\(condition)) return"), "\(function)")
            let shown = try #require(answer.firstRange(of: /replaceChildren|new WebSocket/))
            #expect(check.lowerBound < shown.lowerBound, "\(function)")
        }
        #expect(try body(of: "forget").contains("asked += 1;"))
    }

    @Test("What one key showed is gone before the next is tried, and a key that opens nothing opens no workspace")
    func nextKey() throws {
        let script = PageScript.text
        let forget = try #require(script.range(of: "function forget() {")).upperBound
        let forgetting = script[forget..<(try #require(script[forget...].range(of: "\n}")).lowerBound)]
        for id in ["results", "tables", "failures"] { #expect(forgetting.contains("find(\"\(id)\").replaceChildren()"), "\(id)") }
        for id in ["backlog", "failures-text", "progress-text"] {
            #expect(forgetting.contains("find(\"\(id)\").textContent = "), "\(id)")
        }
        #expect(forgetting.contains("find(\"bar\").value = 0;"))
        let enter = try #require(script.range(of: "async function enter() {")).upperBound
        let entering = script[enter..<forget]
        let asked = try #require(entering.range(of: "/api/v1/me"))
        let refused = try #require(entering.range(of: "if (error.status === 401)"))
        let shown = try #require(entering.range(of: "find(\"workspace\").hidden = false;"))
        #expect(asked.lowerBound < refused.lowerBound && refused.lowerBound < shown.lowerBound)
    }

    @Test(
        "A text that says something is told by its pattern and by its check alike",
        arguments: [
            ("a", true), ("日本", true), ("😀", true), (" 😀 ", true), ("\u{200B}", true), ("a\n", true), (" \u{301}", true),
            ("", false), (" ", false), ("\n\t", false), ("\u{85}", false), ("\u{A0}", false), ("\u{1680}", false),
            ("\u{2028}\u{202F}", false), ("\u{3000}", false), ("a\u{0}", false),
        ]
    )
    func filled(text: String, isFilled: Bool) throws {
        let rule = TextRule.filled(1...10)
        let pattern = try NSRegularExpression(pattern: #require(rule.pattern))
        let matches = pattern.numberOfMatches(in: text, range: NSRange(text.startIndex..., in: text))
        #expect((matches > 0) == isFilled)
        #expect(rule.check(text) == isFilled)
    }

    @Test("Whoever misses an address is told where the addresses are")
    func missedAddress() {
        #expect(Problem(HTTPError(.notFound)).remedy.contains("/openapi.json"))
    }

    @Test("The answer of a search has the documented members")
    func answer() async throws {
        let hit = SearchHit(
            table: .workItems,
            externalID: "PAY-142",
            entity: UUID(),
            title: "Retry payments",
            snippet: "why <b>twice</b>",
            url: "https://jira.example/PAY-142",
            score: 0.75,
            reason: SearchHit.Reason(dense: 0.5, lexical: .nan),
            linked: [SearchHit.Linked(table: .pullRequests, externalID: "acme/api#57", title: "Fix", url: nil)]
        )
        let body = SearchAnswerBody(
            SearchAnswer(hits: [hit], degraded: nil, milliseconds: 1.234),
            to: SearchRequest(query: "why", mode: .semantic)
        )
        #expect(body.response.status == .ok)
        #expect(
            String(decoding: body.bytes, as: UTF8.self)
                == #"{"hits":[{"external_id":"PAY-142","linked":[{"external_id":"acme/api#57","table":"prs","title":"Fix"}],"#
                + #""score":0.75,"snippet":"why <b>twice</b>","source":"jira","table":"work_items","title":"Retry payments","#
                + #""url":"https://jira.example/PAY-142","why":{"dense":0.5,"key":false}}],"mode":"semantic","query":"why","#
                + #""took_ms":1.23}"#
        )
    }
}
