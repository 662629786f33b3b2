import Embedding
import Foundation
import HTTPTransport
import Logging
import PulseModel
import Qdrant
import Store
import TestSupport
import Testing
import Vectorization

@Suite(
    "Texts that copies share",
    .enabled(if: TestDatabase.isAvailable),  // Needs PULSE_TEST_DATABASE_URL.
    .timeLimit(.minutes(10))
)
struct ReindexedTextsTests {
    private struct TwoProviders: ProviderResolving {
        let next: ScriptedProvider

        func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
            id == self.next.id ? self.next : ScriptedProvider(id: id)
        }
    }

    /// Takes all points, and shows none: copies are made and cannot be proved.
    private static func answer(_ request: HTTPRequest) -> HTTPResponse {
        let path = request.url.dropFirst("http://qdrant.test:6333".count).prefix { $0 != "?" }
        let done = #"{"operation_id":1,"status":"completed"}"#
        let result: String
        switch path.split(separator: "/").last {
        case nil: return HTTPResponse(status: 200, body: Array(#"{"title":"qdrant","version":"1.19.0"}"#.utf8))
        case "scroll": return HTTPResponse(status: 400, body: Array(#"{"status":{"error":"not now"},"time":0.001}"#.utf8))
        case "batch":
            let body = String(decoding: request.body ?? [], as: UTF8.self)
            let count = ["upsert", "delete"].reduce(0) { $0 + body.ranges(of: #"{"\#($1)":"#).count }
            result = "[\(Array(repeating: done, count: count).joined(separator: ","))]"
        case "points" where request.method == .post: result = "[]"
        case "points", "delete", "index": result = done
        case "aliases": result = #"{"aliases":[]}"#
        case _ where request.method != .get: result = "true"
        default:
            result = #"""
                {"status":"green","optimizer_status":"ok","points_count":1,"segments_count":1,"payload_schema":{},"config":{\#
                "params":{"vectors":{"dense":{"size":64,"distance":"Cosine"}},"sparse_vectors":{"lexical":{"modifier":"idf"}}}}}
                """#
        }
        return HTTPResponse(status: 200, body: Array(#"{"result":\#(result),"status":"ok","time":0.001}"#.utf8))
    }

    @Test("Two lanes of a reindex that need one text have it embedded once")
    func lanes() async throws {
        // Long enough for both lanes to need it at the same time.
        let next = ScriptedProvider(id: "next") { _ in try await Task.sleep(for: .milliseconds(500)) }
        try await TestDatabase.with { database in
            let tenant = try await database.tenant()
            try await database.withStore { store in
                let space = TenantSpace(space: "former-64", provider: "former", collection: "c")
                _ = try await store.ensureLiveSpace(tenant: tenant.id, proposed: space)
                var page = IngestionPage(fetchedAt: Date(timeIntervalSince1970: 1_750_000_000))
                // Two batches of copies, one a lane.
                page.comments = (1...200).map {
                    Comment(
                        kind: .issue,
                        id: "\($0)",
                        repositoryID: "42",
                        number: 57,
                        author: "ann",
                        body: "Thank you",
                        createdAt: page.fetchedAt,
                        updatedAt: page.fetchedAt
                    )
                }
                _ = try await store.write(page, tenant: tenant.id, integration: tenant.github)
                // As if a worker had written them to the space that the tenant leaves.
                try await database.query("DELETE FROM vectorization_queue")
                try await database.query(
                    """
                    INSERT INTO qdrant_vectors (tenant_id, space, collection, entity, chunk, integration_id, table_name, point_id,
                        content_hash, generation, document_version)
                    SELECT tenant_id, 'former-64', 'c', entity, 0, integration_id, 'prs_comments', gen_random_uuid(), sha256('a'), 1, 1
                    FROM prs_comments
                    """
                )
                let client = QdrantClient(
                    QdrantConfiguration(url: "http://qdrant.test:6333"),
                    transport: ScriptedTransport { Self.answer($0) }
                )
                let providers = TwoProviders(next: next)
                let reindex = Reindex(
                    store: store,
                    qdrant: client,
                    indexes: TenantIndexes(store: store, qdrant: client, providers: providers, defaultProvider: "former"),
                    providers: providers,
                    logger: Logger(label: "test")
                )
                await #expect(throws: QdrantError.self) { try await reindex.run(tenant: tenant.id, provider: "next") }
                let copied = try await database.count("SELECT count(*) FROM qdrant_vectors WHERE space = 'next-64'")
                #expect(copied == 200)
            }
        }
        // The text of the comments, and one before anything is decided.
        #expect(next.embeddedTexts == 2)
    }
}
