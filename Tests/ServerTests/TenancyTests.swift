import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Postgres
import PulseModel
import Store
import Testing

@testable import Server

/// Over HTTP, what belongs to one tenant cannot be read, counted or told from what does not exist by another, on any route.
@Suite("No call of one tenant tells anything of another", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct TenancyTests {
    /// In every text of the rival's.
    private static let marker = "zqxjvk"

    /// Whatever the rival's rows are found by.
    private struct Rival {
        var ids: [String] = []
        var names: [String] = []

        /// What calls that write may put into rows of their own, from where it comes back: it cannot tell a leak from an echo.
        var told: Rival { Rival(ids: Array(self.ids.prefix(2)), names: ["rival"]) }
    }

    /// Gives the rival something of everything that the API shows.
    private func fill(_ world: TestWorld) async throws -> Rival {
        let (store, rival) = (world.store, world.rival)
        var known = Rival()
        let names = ["\(Self.marker) one", "\(Self.marker) two"]
        for (name, kind) in zip(names, ["jira", "github"]) {
            let id = try await store.saveIntegration(
                tenant: rival,
                name: name,
                kind: kind,
                baseURL: "https://\(Self.marker).example",
                configuration: #"{"kind": "\#(kind)", "email": "\#(Self.marker)@example"}"#
            )
            known.ids.append(id.uuidString)
        }
        known.names = names + ["\(Self.marker)-secret", "\(Self.marker)-provider", "rival"]
        let cipher = try VaultCipher(keys: [String(repeating: "0a", count: 32)])
        _ = try await store.keepSecret(Self.marker, id: "\(Self.marker)-secret", tenant: rival, by: Self.marker, cipher: cipher)
        _ = try await store.keepOwnProvider(
            #"{"id": "\#(Self.marker)-provider"}"#,
            id: "\(Self.marker)-provider",
            named: "\(Self.marker)-provider",
            tenant: rival,
            by: Self.marker,
            knownAfter: .zero
        )
        let (key, _) = try await store.createKey(tenant: rival, name: Self.marker, role: .viewer, by: Self.marker)
        known.ids.append(key.id.uuidString)
        let audit = try #require(try await store.beginAudit(tenant: rival, repair: false, by: Self.marker))
        known.ids.append(audit.id.uuidString)
        try await store.ensureJobs(tenant: rival)
        for job in ["jira_job", "vectorization_job", "sleep_job"] {
            let run = try await store.startRun(
                tenant: rival,
                integration: nil,
                jobName: job,
                channel: .vectorization,
                total: 7
            )
            known.ids.append(run.runID.uuidString)
        }
        _ = try await store.ensureLiveSpace(
            tenant: rival,
            proposed: TenantSpace(space: "\(Self.marker)-space", provider: "scripted", collection: Self.marker)
        )
        _ = try await world.database.query(
            """
            INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation, status,
                failure_kind, error_message)
            SELECT $1, (SELECT id FROM integrations WHERE tenant_id = $1 LIMIT 1), 'jira', 'work_items', $2::text || n,
                gen_random_uuid(), 'update', CASE n % 2 WHEN 0 THEN 'failed' ELSE 'pending' END, 'content', $2::text
            FROM generate_series(1, 20) n
            """,
            [.uuid(rival), .text(Self.marker)]
        )
        _ = try await store.emergencyStop(tenant: rival, by: Self.marker, why: Self.marker)
        return known
    }

    /// What changes by itself between two requests.
    private static func steady(_ body: String) -> String {
        body.replacing(/"(last_used_at|expires_in|next_run_at|heartbeat_at|next_at|from|to)":("[^"]*"|[0-9.]+)/, with: "")
    }

    @Test("What the other has changes no answer, not even a count")
    func counts() async throws {
        try await TestWorld.with { world in
            let routes = TestWorld.server(store: world.store).described.routes.filter {
                $0.method == .get && $0.access != .anyone && $0.access != .installation && !$0.path.contains("{")
                    && !$0.parameters.contains(where: \.isRequired)
            }
            #expect(routes.count >= 8)
            try await world.store.ensureJobs(tenant: world.acme)
            try await world.serve { client in
                func answers() async throws -> [String] {
                    var answers: [String] = []
                    for route in routes {
                        let answer = try await client.send(.get, route.path, key: world.administratorKey)
                        answers.append("\(route.id) \(answer.status.code) \(Self.steady(String(buffer: answer.body)))")
                    }
                    return answers
                }
                let before = try await answers()
                _ = try await self.fill(world)
                let after = try await answers()
                #expect(before == after)
            }
        }
    }

    @Test("Thousands of random calls with its ids and names bring no byte of it, and are answered like made-up ones")
    func randomCalls() async throws {
        try await TestWorld.with { world in
            let rival = try await self.fill(world)
            let routes = TestWorld.server(store: world.store).described.routes.filter {
                $0.access != .anyone && $0.access != .installation && $0.id != "emergencyStop" && $0.id != "createProgressTicket"
            }
            let before = try await Self.rows(of: world.rival, world)
            var generator = Dice(seed: 20_261_128)
            var calls: [(HTTPRequest.Method, String, String?)] = []
            for _ in 0..<3_000 { calls.append(Self.call(of: routes, rival, &generator)) }
            let keys = [world.administratorKey, world.viewerKey]
            let all = calls
            try await world.serve { client in
                for (number, (method, uri, body)) in all.enumerated() {
                    let answer = try await client.send(method, uri, key: keys[number % 2], body: body)
                    let text = String(buffer: answer.body).lowercased()
                    // What was asked for may be named in the refusal; what was not must not appear.
                    let asked = (uri.removingPercentEncoding ?? uri).lowercased() + (body ?? "").lowercased()
                    let leak = (rival.ids.dropFirst(rival.told.ids.count).map { $0.lowercased() } + [Self.marker]).first {
                        text.contains($0) && !asked.contains($0)
                    }
                    #expect(leak == nil, "\(method) \(uri) told \(leak ?? "")")
                    #expect(answer.status.code < 500, "\(method) \(uri): \(answer.status.code)")
                }
                // By id: the other's, and one that nobody has.
                for id in rival.ids {
                    let theirs = try await client.send(.delete, "/api/v1/keys/\(id)", key: world.administratorKey)
                    let nobodys = try await client.send(.delete, "/api/v1/keys/\(UUID())", key: world.administratorKey)
                    #expect(theirs.status == .notFound && String(buffer: theirs.body) == String(buffer: nobodys.body))
                }
            }
            let after = try await Self.rows(of: world.rival, world)
            #expect(after == before, "something of the other's was changed")
        }
    }

    @Test("What is named by its id or name is told from what does not exist on no route, neither by status nor by body")
    func madeUpIDs() async throws {
        try await TestWorld.with { world in
            let rival = try await self.fill(world)
            let row = try await world.database.query(
                """
                INSERT INTO ai_anomalies (id, tenant_id, metric, value, baseline, deviation, severity, type)
                OVERRIDING SYSTEM VALUE VALUES (9876543210, $1, 'm', 1, 1, 1, 'low', 't') RETURNING id
                """,
                [.uuid(world.rival)]
            ).first
            let anomaly = try #require(try row?.decode("id", as: Int.self))
            let before = try await Self.rows(of: world.rival, world)
            // Of the same length, so that not even that differs.
            let strangers = String(repeating: "q", count: Self.marker.count)
            let name = rival.names[0].replacing(" ", with: "%20")
            let calls: [(HTTPRequest.Method, path: String, id: String)] = [
                (.get, "/api/v1/integrations/*", name), (.delete, "/api/v1/integrations/*", name),
                (.post, "/api/v1/integrations/*/test", name), (.post, "/api/v1/integrations/*/sweeps/accept", name),
                (.delete, "/api/v1/secrets/*", "\(Self.marker)-secret"),
                (.delete, "/api/v1/providers/*", "\(Self.marker)-provider"),
                (.post, "/api/v1/providers/*/test", "\(Self.marker)-provider"),
                (.post, "/api/v1/providers/*/choose", "\(Self.marker)-provider"),
                (.post, "/api/v1/ai/anomalies/*/acknowledge", "\(anomaly)"),
            ]
            try await world.serve { client in
                for (method, path, theirs) in calls {
                    let nobodys = theirs == "\(anomaly)" ? "\(anomaly + 1)" : theirs.replacing(Self.marker, with: strangers)
                    var answers: [String] = []
                    for id in [theirs, nobodys] {
                        let uri = path.replacing("*", with: id)
                        let answer = try await client.send(method, uri, key: world.administratorKey)
                        let body = String(buffer: answer.body).replacing(id.replacing("%20", with: " "), with: "*")
                        answers.append("\(answer.status.code) \(body)")
                    }
                    #expect(answers[0] == answers[1], "\(method) \(path)")
                    #expect(answers[0].hasPrefix("404 "), "\(method) \(path): \(answers[0])")
                }
            }
            let after = try await Self.rows(of: world.rival, world)
            #expect(after == before, "something of the other's was changed")
        }
    }

    // MARK: Making up calls

    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        init(seed: UInt64) { self.state = seed }
        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state ^ (self.state >> 29)
        }
    }

    private static func call(
        of routes: [Route],
        _ rival: Rival,
        _ dice: inout Dice
    ) -> (HTTPRequest.Method, String, String?) {
        let route = routes.randomElement(using: &dice) ?? routes[0]
        var path = route.path
        var query: [String] = []
        let told = route.method == .get ? rival : rival.told
        for parameter in route.parameters {
            // What is deleted or commanded by the other's id is not kept; what is put is.
            let isKept = parameter.place == .query || route.method == .put
            let value = Self.escaped(Self.value(of: parameter.schema, isKept ? told : rival, &dice))
            switch parameter.place {
            case .path: path = path.replacing("{\(parameter.name)}", with: value)
            case .query: if Bool.random(using: &dice) || parameter.isRequired { query.append("\(parameter.name)=\(value)") }
            }
        }
        var body: String?
        if let form = route.body?.form, case .json(let schema) = form, Int.random(in: 0..<8, using: &dice) > 0 {
            body = Self.json(of: schema, told, &dice)
        }
        return (route.method, path + (query.isEmpty ? "" : "?" + query.joined(separator: "&")), body)
    }

    private static func value(of schema: Schema, _ rival: Rival, _ dice: inout Dice) -> String {
        switch Int.random(in: 0..<10, using: &dice) {
        case 0...2: return rival.ids.randomElement(using: &dice) ?? ""
        case 3...4: return rival.names.randomElement(using: &dice) ?? ""
        case 5: return ["'; --", "../..", "%", "\u{1F600}", "-1", "0"].randomElement(using: &dice) ?? ""
        default:
            switch schema.kind {
            case .choice(let values): return values.randomElement(using: &dice) ?? ""
            case .integer: return String(Int.random(in: 1...20, using: &dice))
            case .boolean: return Bool.random(using: &dice) ? "true" : "false"
            case .list(let element, _): return self.value(of: element, rival, &dice)
            default: return "x\(Int.random(in: 0..<100, using: &dice))"
            }
        }
    }

    private static func json(of schema: Schema, _ rival: Rival, _ dice: inout Dice) -> String {
        switch schema.kind {
        case .object(let members, let others):
            var parts: [String] = []
            for member in members where member.isRequired || Bool.random(using: &dice) {
                parts.append("\"\(member.name)\": \(self.json(of: member.schema, rival, &dice))")
            }
            if others != nil { parts.append(#""kind": "github""#) }
            return "{\(parts.joined(separator: ", "))}"
        case .list(let element, _): return "[\(self.json(of: element, rival, &dice))]"
        case .integer, .boolean: return self.value(of: schema, rival, &dice).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        default: return "\"\(self.value(of: schema, rival, &dice).replacing("\"", with: ""))\""
        }
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// All that the rival has, as text.
    private static func rows(of tenant: UUID, _ world: TestWorld) async throws -> [String] {
        var rows: [String] = []
        for table in [
            "api_keys", "integrations", "tenant_secrets", "tenant_providers", "etl_jobs", "job_runs", "vectorization_queue",
            "audit_runs",
        ] {
            let found = try await world.database.query(
                "SELECT to_jsonb(t) - 'last_used_at' AS line FROM \(table) t WHERE tenant_id = $1 ORDER BY 1",
                [.uuid(tenant)]
            )
            for row in found { rows.append(try row.decode("line")) }
        }
        return rows
    }
}
