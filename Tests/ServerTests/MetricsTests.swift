import CoreMetrics
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Store
import Testing

@testable import Server

@Suite("Metrics")
struct MetricsTests {
    @Test("Counters, gauges and histograms read as Prometheus writes them")
    func exposition() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "requests.total", dimensions: [("path", "a\"b\\c\nd")]).increment(by: 3)
        registry.makeMeter(label: "depth", dimensions: []).set(Double.infinity)
        let timer = registry.makeTimer(label: "wait", dimensions: [("kind", "x")])
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(40_000_000_000)
        let text = registry.exposition()
        #expect(text.contains("# TYPE requests_total counter\nrequests_total{path=\"a\\\"b\\\\c\\nd\"} 3\n"))
        #expect(text.contains("depth +Inf\n"))
        #expect(text.contains("# TYPE wait_seconds histogram\n"))
        #expect(text.contains("wait_seconds_bucket{kind=\"x\",le=\"0.001\"} 0\n"))
        #expect(text.contains("wait_seconds_bucket{kind=\"x\",le=\"0.0025\"} 1\n"))
        #expect(text.contains("wait_seconds_bucket{kind=\"x\",le=\"30\"} 1\n"))
        #expect(text.contains("wait_seconds_bucket{kind=\"x\",le=\"+Inf\"} 2\n"))
        #expect(text.contains("wait_seconds_count{kind=\"x\"} 2\n"))
    }

    @Test("However many labels are made up, a name keeps a thousand series")
    func bounded() {
        let registry = PrometheusRegistry()
        for number in 0..<5_000 {
            registry.makeCounter(label: "c", dimensions: [("n", String(number))]).increment(by: 1)
        }
        #expect(registry.exposition().split(separator: "\n").count == 1_001)
    }
}

@Suite("Metrics and gzip over HTTP", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct ServedMetricsTests {
    @Test("The figures of all tenants are for the installation: its key, or the token; no tenant's name is among them")
    func access() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                #expect(try await client.send(.get, "/metrics").status == .unauthorized)
                #expect(try await client.send(.get, "/metrics", key: world.administratorKey).status == .forbidden)
                #expect(try await client.send(.get, "/metrics", key: "wrong").status == .unauthorized)
                for key: String in [TestWorld.metricsToken, world.installationKey] {
                    let answer = try await client.send(.get, "/metrics", key: key)
                    #expect(answer.status == .ok)
                    let text = String(buffer: answer.body)
                    #expect(text.contains("pulse_queue_rows{status=\"pending\"} 0\n"))
                    #expect(text.contains("pulse_tenants{active=\"true\"} 2\n"))
                    #expect(text.contains("pulse_database_up 1\n"))
                    #expect(!text.contains("acme") && !text.contains("rival"))
                }
            }
        }
    }

    @Test("A long answer comes in gzip to who takes it, and as it is to who does not")
    func gzip() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let plain = try await client.send(.get, "/openapi.json")
                #expect(plain.headers[.contentEncoding] == nil)
                #expect(plain.headers[.vary] == "Accept-Encoding")
                let none = try await client.send(.get, "/openapi.json", fields: ["Accept-Encoding": "br, gzip;q=0"])
                #expect(none.headers[.contentEncoding] == nil)
                let packed = try await client.execute(
                    uri: "/openapi.json",
                    method: .get,
                    headers: [.acceptEncoding: "gzip, deflate"]
                )
                #expect(packed.headers[.contentEncoding] == "gzip")
                #expect(packed.body.readableBytes < plain.body.readableBytes / 4)
                #expect(Array(packed.body.readableBytesView.prefix(2)) == [0x1F, 0x8B])
                let short = try await client.send(.get, "/health", fields: ["Accept-Encoding": "gzip"])
                #expect(short.headers[.contentEncoding] == nil)
            }
        }
    }
}
