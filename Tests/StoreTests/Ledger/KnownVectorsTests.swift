import Foundation
import Postgres
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Vectors that the ledger knows", .enabled(if: TestDatabase.isAvailable))
// Needs PULSE_TEST_DATABASE_URL.
struct KnownVectorsTests {
    private func fill(_ world: World, _ tenant: UUID, _ integration: UUID, space: String, rows: Int) async throws {
        try await world.database.query(
            """
            INSERT INTO qdrant_vectors (tenant_id, space, collection, entity, chunk, integration_id, table_name, point_id, content_hash,
                generation, document_version)
            SELECT $1::uuid, $2::text, 'c', gen_random_uuid(), 0, $3::uuid, 'work_items', gen_random_uuid(), sha256(n::text::bytea), n, 1
            FROM generate_series(1, $4::bigint) AS n
            """,
            [.uuid(tenant), .text(space), .uuid(integration), .int(rows)]
        )
    }

    @Test("A tenant and a space that the statistics know nothing of are asked by the text's digest, not row by row")
    func plan() async throws {
        try await World.with { world in
            let old = world.tenant
            try await self.fill(world, old.id, old.jira, space: "old", rows: 20_000)
            try await world.database.query("ANALYZE qdrant_vectors")
            let new = try await world.database.tenant("new")
            try await self.fill(world, new.id, new.jira, space: "new", rows: 5_000)
            for (tenant, space) in [(new.id, "new"), (old.id, "new"), (old.id, "old")] {
                let known = try await self.plan(
                    of: Store.knownVectorsStatement,
                    [.uuid(tenant), .text(space), .texts([ContentHash(of: "1").description])],
                    in: world
                )
                #expect(known.contains("qdrant_vectors_content"), "\(known)")
                #expect(known.contains(/Index Cond: .*content_hash/), "\(known)")
                let written = try await self.plan(
                    of: Store.writtenEntitiesStatement,
                    [.uuid(tenant), .text(space), .uuids([UUID()])],
                    in: world
                )
                #expect(written.contains(/Index Cond: .*entity = e.entity/), "\(written)")
            }
        }
    }

    @Test("Where an entity's chunks end is looked up by the entity, also in a session that knows the ledger as empty")
    func ends() async throws {
        try await World.with { world in
            let tenant = world.tenant
            let entities = (0..<20).map { _ in UUID() }
            let values: [PostgresValue] = [
                .uuid(tenant.id), .texts(entities.map { _ in "work_items" }), .uuids(entities),
                .texts(entities.map { _ in "one" }),
                .ints(entities.map { _ in 1 }),
            ]
            try await world.database.owner.withConnection { connection in
                try await connection.query("SET enable_seqscan = off")
                // Often enough for the session to keep its plans.
                for _ in 0..<8 { try await connection.query(Store.ledgerEndsStatement, values) }
                try await self.fill(world, tenant.id, tenant.jira, space: "one", rows: 20_000)
                var read: [Int] = []
                for _ in 0..<3 {
                    let plan = try await connection.query(
                        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + Store.ledgerEndsStatement,
                        values
                    ).map { try $0.decode(at: 0, as: String.self) }.joined()
                    read.append(try #require(plan.firstMatch(of: /"Shared Hit Blocks": ([0-9]+)/).flatMap { Int($0.output.1) }))
                }
                // Three pages of the index an entity; the whole ledger has more than six hundred. Where the database has looked the
                // table through meanwhile, the session's plan is made anew, which reads the catalog: the least of them is the plan's.
                #expect(try #require(read.min()) < entities.count * 10, "\(read)")
            }
        }
    }

    @Test("Chunks beyond the last of an entity are forgotten: of its space, or of all where it is gone")
    func shortened() async throws {
        try await World.with { world in
            let tenant = world.tenant
            let (long, gone, other) = (UUID(), UUID(), UUID())
            for (entity, space, chunk) in [
                (long, "one", 0), (long, "one", 1), (long, "one", 2), (long, "two", 2), (gone, "one", 0), (gone, "two", 0),
                (other, "one", 5),
            ] {
                try await world.database.query(
                    """
                    INSERT INTO qdrant_vectors (tenant_id, space, collection, entity, chunk, integration_id, table_name, point_id,
                        content_hash, generation, document_version)
                    VALUES ($1, $2::text, 'c', $3, $4::bigint, $5, 'work_items', gen_random_uuid(), sha256('x'), 1, 1)
                    """,
                    [.uuid(tenant.id), .text(space), .uuid(entity), .int(chunk), .uuid(tenant.jira)]
                )
            }
            try await world.database.query(
                Store.ledgerEndsStatement,
                [
                    .uuid(tenant.id), .texts(["work_items", "work_items"]), .uuids([long, gone]), .texts(["one", nil]),
                    .ints([1, 0]),
                ]
            )
            let left = try await world.database.query("SELECT entity, space, chunk FROM qdrant_vectors").map { row in
                try
                    "\(row.decode("entity", as: UUID.self)) \(row.decode("space", as: String.self)) \(row.decode("chunk", as: Int.self))"
            }
            #expect(Set(left) == ["\(long) one 0", "\(long) two 2", "\(other) one 5"])
        }
    }

    /// As where the service runs it: with sequential scans off.
    private func plan(of statement: String, _ values: [PostgresValue], in world: World) async throws -> String {
        try await world.database.owner.withTransaction(settings: ["enable_seqscan": "off"]) { connection in
            try await connection.query("EXPLAIN " + statement, values).map { try $0.decode(at: 0, as: String.self) }
        }.joined(separator: "\n")
    }

    @Test("They are found in their space and tenant only")
    func found() async throws {
        try await World.with { world in
            let tenant = world.tenant
            try await self.fill(world, tenant.id, tenant.jira, space: "one", rows: 3)
            let other = try await world.database.tenant("other")
            let hashes = ["1", "3", "4"].map { ContentHash(of: $0) }
            let known = try await world.store.knownVectors(tenant: tenant.id, space: "one", hashes: hashes)
            #expect(Set(known.points.keys) == Set(hashes.prefix(2)))
            #expect(try await world.store.knownVectors(tenant: tenant.id, space: "two", hashes: hashes).points.isEmpty)
            #expect(try await world.store.knownVectors(tenant: other.id, space: "one", hashes: hashes).points.isEmpty)
        }
    }
}
