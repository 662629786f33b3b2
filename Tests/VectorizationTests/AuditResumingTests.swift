import Embedding
import Foundation
import HTTPTransport
import PulseModel
import Qdrant
import Store
import Synchronization
import TestSupport
import Testing

@testable import Vectorization

@Suite(
    "An audit that goes on where another was interrupted",
    .enabled(if: TestDatabase.isAvailable),  // Needs PULSE_TEST_DATABASE_URL.
    .timeLimit(.minutes(10))
)
struct AuditResumingTests {
    /// A collection that holds one point, which names no entity.
    private final class Played: Sendable {
        struct State {
            var scrolls = 0
            var deletions = 0
            /// Requests for aliases that fail.
            var failures = 0
        }

        let state = Mutex(State())
        private let tenant: UUID

        init(tenant: UUID) { self.tenant = tenant }

        var client: QdrantClient {
            QdrantClient(
                QdrantConfiguration(url: "http://qdrant.test:6333"),
                transport: ScriptedTransport { try await self.answer($0) }
            )
        }

        private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
            let path = request.url.dropFirst("http://qdrant.test:6333".count).prefix { $0 != "?" }
            let result: String
            switch path.split(separator: "/").last {
            case "scroll":
                self.state.withLock { $0.scrolls += 1 }
                // As long as an audit goes on without writing down how far it is.
                try await Task.sleep(for: .milliseconds(1_050))
                let payload = #"{"tenant_id":"\#(self.tenant.uuidString.lowercased())","space":"scripted-64"}"#
                result = #"{"points":[{"id":"\#(self.tenant.uuidString)","payload":\#(payload)}],"next_page_offset":null}"#
            case "delete":
                self.state.withLock { $0.deletions += 1 }
                result = #"{"operation_id":1,"status":"completed"}"#
            case "index": result = #"{"operation_id":1,"status":"completed"}"#
            case "aliases":
                let isAway = self.state.withLock { state in
                    state.failures -= 1
                    return state.failures >= 0
                }
                if isAway { throw HTTPTransportError(.cannotConnect, host: "qdrant.test", detail: "away") }
                result = #"{"aliases":[]}"#
            case "collections": result = #"{"collections":[{"name":"c"}]}"#
            case "count": result = #"{"count":0}"#
            case _ where request.method == .patch: result = "true"
            default:
                result = #"""
                    {"status":"green","optimizer_status":"ok","points_count":1,"segments_count":1,"payload_schema":{},"config":{\#
                    "params":{"vectors":{"dense":{"size":64,"distance":"Cosine"}},"sparse_vectors":{"lexical":{"modifier":"idf"}}}}}
                    """#
            }
            return HTTPResponse(status: 200, body: Array(#"{"result":\#(result),"status":"ok","time":0.001}"#.utf8))
        }
    }

    private struct World {
        let store: Store
        let tenant: UUID
        let qdrant: Played

        static func with(_ body: (World) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                let tenant = try await database.tenant().id
                try await database.withStore { store in
                    let space = TenantSpace(space: "scripted-64", provider: "scripted", collection: "c")
                    _ = try await store.ensureLiveSpace(tenant: tenant, proposed: space)
                    try await body(World(store: store, tenant: tenant, qdrant: Played(tenant: tenant)))
                }
            }
        }

        func audit(repair: Bool, resume: Bool) async throws -> AuditReport {
            let client = self.qdrant.client
            let indexes = TenantIndexes(
                store: self.store,
                qdrant: client,
                providers: SingleProvider(ScriptedProvider()),
                defaultProvider: "scripted"
            )
            return try await IndexAudit(store: self.store, indexes: indexes, qdrant: client)
                .run(tenant: self.tenant, repair: repair, resume: resume)
        }

        /// As an audit leaves it that was interrupted after its last page of points.
        func save(repairs: Bool) async throws {
            var position = AuditPosition(repairs: repairs, phase: .strays)
            position.report.nameless = 1
            let state = String(decoding: try JSONEncoder().encode(position), as: UTF8.self)
            try await self.store.saveAuditCheckpoint(state, tenant: self.tenant, space: "scripted-64")
        }

        var seen: (scrolls: Int, deletions: Int) { self.qdrant.state.withLock { ($0.scrolls, $0.deletions) } }
    }

    @Test("What was found on the last page of points is not found again")
    func lastPage() async throws {
        try await World.with { world in
            world.qdrant.state.withLock { $0.failures = 9 }
            await #expect(throws: QdrantError.self) { try await world.audit(repair: false, resume: false) }
            world.qdrant.state.withLock { $0.failures = 0 }
            let report = try await world.audit(repair: false, resume: true)
            #expect(report.nameless == 1 && world.seen.scrolls == 1)
        }
    }

    @Test("A repair does not go on where another audit only looked, for what that had found would stay")
    func afterLook() async throws {
        try await World.with { world in
            try await world.save(repairs: false)
            let report = try await world.audit(repair: true, resume: true)
            #expect(report.nameless == 1 && report.repaired == 1 && world.seen.deletions == 1)
        }
    }

    @Test("A repair goes on where another one was", arguments: [true, false])
    func afterRepair(repair: Bool) async throws {
        try await World.with { world in
            try await world.save(repairs: true)
            let report = try await world.audit(repair: repair, resume: true)
            #expect(report.nameless == 1 && world.seen.scrolls == 0 && world.seen.deletions == 0)
        }
    }

    @Test("A position of before, which does not say whether it repaired, is one of a look")
    func formerPositions() throws {
        let position = AuditPosition(repairs: true, phase: .points, table: .workItems, point: UUID())
        var members = try #require(
            try JSONSerialization.jsonObject(with: try JSONEncoder().encode(position)) as? [String: Any]
        )
        members["repairs"] = nil
        let former = try JSONDecoder().decode(AuditPosition.self, from: try JSONSerialization.data(withJSONObject: members))
        var expected = position
        expected.repairs = false
        #expect(former == expected)
        #expect(try JSONDecoder().decode(AuditPosition.self, from: try JSONEncoder().encode(position)) == position)
    }
}
