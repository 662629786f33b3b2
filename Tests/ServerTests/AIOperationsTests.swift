import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PulseModel
import Store
import Testing

@testable import Server

@Suite("AI operations over HTTP", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct AIOperationsTests {
    private static let path = "/api/v1/ai"

    private func json(_ answer: TestResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any])
    }

    private func list(_ name: String, of answer: TestResponse) throws -> [[String: Any]] {
        try #require(try self.json(answer)[name] as? [[String: Any]])
    }

    private func anomaly(_ metric: String, in world: TestWorld) async throws -> Int {
        _ = try await world.store.note(
            AnomalyFinding(
                metric: metric,
                series: "",
                unit: "ms",
                type: "latency_rise",
                value: 200,
                baseline: 100,
                band: 10,
                deviation: 1,
                samples: 50,
                severity: "critical",
                run: nil
            ),
            tenant: world.acme
        )
        return try #require(try await world.store.unresolvedAnomalies(tenant: world.acme).first { $0.metric == metric }).id
    }

    @Test("Metrics are told summed up, or one of them in buckets")
    func metrics() async throws {
        try await TestWorld.with { world in
            let start = Date(timeIntervalSince1970: 1_750_000_000)
            try await world.store.record(
                (0..<20).map { number in
                    PerformanceMeasurement(
                        .searchLatency,
                        Double(number),
                        service: "test",
                        at: start + Double(number * 10),
                        labels: ["mode": number < 5 ? "hybrid" : "lexical"]
                    )
                },
                tenant: world.acme
            )
            try await world.serve { client in
                func get(_ query: String, key: String? = nil) async throws -> TestResponse {
                    try await client.send(.get, "\(Self.path)/metrics?\(query)", key: key ?? world.viewerKey)
                }
                let range = "from=2025-06-15T15:06:40Z&to=2025-06-15T16:06:40Z"
                let all = try self.list("metrics", of: try await get(range))
                #expect(all.map { $0["name"] as? String } == ["search_latency"])
                #expect((all[0]["figures"] as? [String: Any])?["count"] as? Int == 20)
                #expect((all[0]["figures"] as? [String: Any])?["p50"] as? Double == 9.5)
                let one = try self.list("metrics", of: try await get("name=search_latency&bucket=100&\(range)"))
                let buckets = try #require(one[0]["buckets"] as? [[String: Any]])
                #expect(buckets.count == 2)
                #expect(buckets[0]["at"] as? String == "2025-06-15T15:06:40Z")
                #expect((buckets[1]["figures"] as? [String: Any])?["mean"] as? Double == 14.5)
                let labelled = try self.list(
                    "metrics",
                    of: try await get("name=search_latency&bucket=86400&label=mode:hybrid&\(range)")
                )
                let figures = try #require((labelled[0]["buckets"] as? [[String: Any]])?.first?["figures"] as? [String: Any])
                #expect(figures["count"] as? Int == 5)
                #expect(try self.list("metrics", of: try await get(range, key: world.rivalKey)).isEmpty)
                // Where nothing else is said, the last day.
                #expect(try self.list("metrics", of: try await get("")).isEmpty)
                for (query, status) in [
                    ("name=nothing", HTTPResponse.Status.badRequest), ("bucket=0", .badRequest), ("label=odd", .badRequest),
                    ("from=yesterday", .badRequest), ("from=2025-02-30", .unprocessableContent),
                    ("from=2025-06-15&to=2025-06-15", .unprocessableContent),
                    ("label=provider:a&label=provider:b", .unprocessableContent),
                    ("name=search_latency&label=mode:hybrid&label=provider:b", .ok),
                    ("name=queue_lag&bucket=1&from=2020-01-01&to=2025-01-01", .unprocessableContent), ("color=red", .badRequest),
                ] {
                    #expect(try await get(query).status == status, "\(query)")
                }
            }
        }
    }

    @Test("An anomaly is listed and acknowledged by name, once; another tenant's is as if it were not there")
    func anomalies() async throws {
        try await TestWorld.with { world in
            let first = try await self.anomaly("search_latency", in: world)
            let second = try await self.anomaly("qdrant_latency", in: world)
            try await world.serve { client in
                let uri = "\(Self.path)/anomalies"
                let page = try await client.send(.get, "\(uri)?limit=1", key: world.viewerKey)
                #expect(try self.list("anomalies", of: page).map { $0["id"] as? Int } == [second])
                let cursor = try #require(try self.json(page)["next_cursor"] as? String)
                let next = try await client.send(.get, "\(uri)?limit=1&cursor=\(cursor)", key: world.viewerKey)
                #expect(try self.list("anomalies", of: next).map { $0["id"] as? Int } == [first])
                #expect(try self.json(next)["next_cursor"] == nil)

                func acknowledge(_ id: String, key: String, body: String? = nil) async throws -> TestResponse {
                    try await client.send(.post, "\(uri)/\(id)/acknowledge", key: key, body: body)
                }
                #expect(try await acknowledge("\(first)", key: world.viewerKey).status == .forbidden)
                #expect(try await acknowledge("\(first)", key: world.rivalKey).status == .notFound)
                for id in ["0", "-1", "x", "99999999999999999999", "9223372036854775807"] {
                    #expect(try await acknowledge(id, key: world.administratorKey).status == .notFound, "\(id)")
                }
                #expect(
                    try await acknowledge("\(first)", key: world.administratorKey, body: #"{"color":1}"#).status == .badRequest
                )
                let done = try await acknowledge("\(first)", key: world.administratorKey, body: #"{"note":"known"}"#)
                #expect(done.status == .ok)
                #expect(try done.member("status") == "acknowledged")
                #expect(try done.member("note") == "known")
                #expect(try done.member("acknowledged_by")?.hasPrefix("key ") == true)
                let open = try await client.send(.get, "\(uri)?status=open", key: world.viewerKey)
                #expect(try self.list("anomalies", of: open).map { $0["id"] as? Int } == [second])
                try await world.store.resolveAnomaly(second, tenant: world.acme, by: "pulse", note: "over")
                let late = try await acknowledge("\(second)", key: world.administratorKey)
                #expect(late.status == .conflict)
                #expect(try late.member("code") == "anomaly_resolved")
                let rival = try await client.send(.get, uri, key: world.rivalKey)
                #expect(try self.list("anomalies", of: rival).isEmpty)
            }
        }
    }

    @Test("The memory is listed in pages, and a suggestion tells what became of failures like the one that is asked about")
    func memory() async throws {
        try await TestWorld.with { world in
            for (word, type) in [("gateway", "timeout"), ("token", "authentication"), ("disk", "unavailable")] {
                try await world.store.remember(
                    LearnedFailure(
                        errorType: type,
                        service: "github_job",
                        intent: "to test",
                        failedQuery: "a call",
                        issue: "the \(word) is out of order",
                        subjects: [word],
                        attempts: [LearnedFailure.Attempt(action: "retry", after: 300, reason: "a reason")]
                    ),
                    tenant: world.acme
                )
            }
            try await world.store.resolveFailures(subjects: ["gateway"], how: "it ran", tenant: world.acme)
            try await world.serve { client in
                var cursor: String?
                var issues: [String] = []
                repeat {
                    let uri = "\(Self.path)/memory?limit=2\(cursor.map { "&cursor=\($0)" } ?? "")"
                    let page = try await client.send(.get, uri, key: world.viewerKey)
                    issues += try self.list("failures", of: page).compactMap { $0["specific_issue"] as? String }
                    cursor = try self.json(page)["next_cursor"] as? String
                } while cursor != nil
                for position in [Int.max, Int.min, 9_467_280_000_000_001] {
                    let forged = PageCursor(String(position), "1").text
                    let answer = try await client.send(.get, "\(Self.path)/memory?cursor=\(forged)", key: world.viewerKey)
                    #expect(answer.status == Problem.unknownCursor.status, "\(position)")
                }
                #expect(issues == ["disk", "token", "gateway"].map { "the \($0) is out of order" })
                let over = try await client.send(.get, "\(Self.path)/memory?open=false", key: world.viewerKey)
                let failure = try #require(try self.list("failures", of: over).first)
                #expect(failure["resolution"] as? String == "by itself: it ran")
                #expect((failure["tried"] as? [[String: Any]])?.first?["after_seconds"] as? Double == 300)
                let rival = try await client.send(.get, "\(Self.path)/memory", key: world.rivalKey)
                #expect(try self.list("failures", of: rival).isEmpty)

                func suggest(_ body: String, key: String? = nil) async throws -> TestResponse {
                    try await client.send(.post, "\(Self.path)/suggestions", key: key ?? world.viewerKey, body: body)
                }
                let known = #"{"error":"the gateway is out of order","error_type":"timeout","service":"github_job"}"#
                let answer = try await suggest(known)
                #expect(answer.status == .ok)
                #expect(try answer.member("compared_by") == "words")
                let strategy = try #require(try self.json(answer)["strategy"] as? [String: Any])
                #expect(strategy["attempts"] as? Int == 5)
                #expect(strategy["from_memory"] as? Bool == true)
                #expect(strategy["resolution"] as? String == "by itself: it ran")
                let similar = try self.list("similar", of: answer)
                #expect(similar.first?["similarity"] as? Double == 1)
                #expect(similar.count == 3)
                let foreign = try self.json(try await suggest(known, key: world.rivalKey))
                #expect((foreign["strategy"] as? [String: Any])?["from_memory"] as? Bool == false)
                #expect((foreign["similar"] as? [Any])?.isEmpty == true)
                for body in ["", "{}", #"{"error":""}"#, #"{"error":"  "}"#, #"{"error":"x","limit":51}"#, #"{"error":7}"#] {
                    #expect(try await suggest(body).status == .badRequest, "\(body)")
                }
            }
        }
    }
}
