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
    "What goes on while an audit runs is no difference",
    .enabled(if: TestDatabase.isAvailable),  // Needs PULSE_TEST_DATABASE_URL.
    .timeLimit(.minutes(10))
)
struct AuditMeanwhileTests {
    /// Knows a provider for each of two spaces.
    private struct TwoProviders: ProviderResolving {
        func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider { ScriptedProvider(id: id) }
    }

    /// A collection without points of entities. In the space `former-64` one point names no entity.
    private final class Played: Sendable {
        private let tenant: UUID
        /// Runs once, before the first points are given out.
        private let event: Mutex<(@Sendable () async throws -> Void)?>

        init(tenant: UUID, event: @escaping @Sendable () async throws -> Void) {
            self.tenant = tenant
            self.event = Mutex(event)
        }

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
            case nil: return HTTPResponse(status: 200, body: Array(#"{"title":"qdrant","version":"1.19.0"}"#.utf8))
            case "points" where request.method == .post: result = "[]"
            case "scroll":
                let event = self.event.withLock { event in
                    defer { event = nil }
                    return event
                }
                try await event?()
                let body = String(decoding: request.body ?? [], as: UTF8.self)
                let payload = #"{"tenant_id":"\#(self.tenant.uuidString.lowercased())","space":"former-64"}"#
                let point = #"{"id":"\#(self.tenant.uuidString)","payload":\#(payload)}"#
                let isOfEntities = body.contains(#""any""#)
                let points = !isOfEntities && body.contains("former-64") ? point : ""
                result = #"{"points":[\#(points)],"next_page_offset":null}"#
            case "aliases": result = #"{"aliases":[]}"#
            case "collections": result = #"{"collections":[{"name":"c"}]}"#
            case "count": result = #"{"count":0}"#
            case "index": result = #"{"operation_id":1,"status":"completed"}"#
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
        let database: TestDatabase
        let store: Store
        let tenant: TestTenant

        /// A tenant that is in the space `former-64`, with a project and an issue that it lacks, neither of them in the queue.
        static func with(_ body: (World) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                let tenant = try await database.tenant()
                try await database.withStore { store in
                    let space = TenantSpace(space: "former-64", provider: "former", collection: "c")
                    _ = try await store.ensureLiveSpace(tenant: tenant.id, proposed: space)
                    var page = IngestionPage(fetchedAt: Date(timeIntervalSince1970: 1_750_000_000))
                    page.projects = [
                        Project(id: "10", key: "PAY", name: "Payments", projectType: nil, details: nil, lead: nil, url: nil)
                    ]
                    page.workItems = [
                        WorkItem(
                            id: "1",
                            key: "PAY-1",
                            projectID: "10",
                            typeID: "3",
                            statusID: "5",
                            summary: "Retry payments",
                            createdAt: page.fetchedAt,
                            updatedAt: page.fetchedAt
                        )
                    ]
                    _ = try await store.write(page, tenant: tenant.id, integration: tenant.jira)
                    try await database.query("DELETE FROM vectorization_queue")
                    try await body(World(database: database, store: store, tenant: tenant))
                }
            }
        }

        /// An audit during which something happens once.
        func audit(during event: @escaping @Sendable () async throws -> Void) -> IndexAudit {
            let client = Played(tenant: self.tenant.id, event: event).client
            let indexes = TenantIndexes(
                store: self.store,
                qdrant: client,
                providers: TwoProviders(),
                defaultProvider: "former"
            )
            return IndexAudit(store: self.store, indexes: indexes, qdrant: client)
        }

        var queued: Int {
            get async throws { try await self.database.count("SELECT count(*) FROM vectorization_queue") }
        }

        /// As a reindex does at its end.
        @Sendable func move() async throws {
            try await self.database.query("UPDATE tenant_spaces SET state = 'retired' WHERE state = 'live'")
            try await self.database.query(
                """
                INSERT INTO tenant_spaces (tenant_id, space, provider, collection, state)
                SELECT id, 'latter-64', 'latter', 'c', 'live' FROM tenants
                """
            )
        }
    }

    @Test("Where a reindex switches meanwhile, it is the new space that is compared")
    func moved() async throws {
        try await World.with { world in
            let report = try await world.audit(during: world.move).run(tenant: world.tenant.id, repair: false)
            #expect(report.nameless == 0, "what the tenant left is not counted")
            #expect(report.tables.count == EntityTable.allCases.count)
            #expect(report.tables.reduce(0) { $0 + $1.rows } == 2, "nothing is counted twice")
        }
    }

    @Test("A sample of a space that the tenant has left mends nothing")
    func sampleMoved() async throws {
        try await World.with { world in
            let sample = try await world.audit(during: world.move).sample(tenant: world.tenant.id, count: 60)
            #expect(sample.repaired == 0)
            let queued = try await world.queued
            #expect(queued == 0)
        }
    }

    @Test("What a change reaches is on its way, also where another worker has its pages in hand", arguments: [false, true])
    func fanOut(isHeld: Bool) async throws {
        try await World.with { world in
            let audit = world.audit {
                try await world.database.query(
                    """
                    INSERT INTO queue_fanouts (tenant_id, integration_id, table_name, stable_ids, dependents)
                    SELECT tenant_id, id, 'projects', '{10}', 'work_items' FROM integrations WHERE kind = 'jira'
                    """
                )
                guard isHeld else { return }
                Task {
                    try await world.database.query("SELECT pg_sleep(0.5)::text FROM (SELECT 1 FROM queue_fanouts FOR UPDATE) f")
                }
                let free = "SELECT count(*) FROM (SELECT 1 FROM queue_fanouts FOR UPDATE SKIP LOCKED) f"
                while try await world.database.count(free) > 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
            let report = try await audit.run(tenant: world.tenant.id, repair: false)
            let missing = Dictionary(uniqueKeysWithValues: report.tables.map { ($0.table, $0.missing) })
            #expect(missing[.projects] == 1 && missing[.workItems] == 0)
            let queued = try await world.queued
            #expect(queued == 1)
        }
    }
}
