import Foundation
import Postgres
import TestSupport

/// Rows that a benchmark works on, made by the database itself.
extension TestDatabase {
    /// Issues with texts of some fifty words, each another one.
    func fillWorkItems(_ count: Int, of tenant: TestTenant) async throws {
        let words = Samples.words.map { "'\($0)'" }.joined(separator: ",")
        try await self.query(
            """
            INSERT INTO work_items (entity, tenant_id, integration_id, stable_id, external_id, fetched_at, key, project_id, wit_id,
                status_id, summary, description, assignee, reporter, labels, priority, url, created, updated)
            SELECT md5($1::text || n)::uuid, $1, $2, n::text, 'PAY-' || n, now(), 'PAY-' || n, '1', '1', '1',
                'Payment ' || n || ' ' || w.words[1 + n % 40] || ' ' || w.words[1 + n / 40 % 60],
                (SELECT string_agg(w.words[1 + (n * 31 + k * k * 7 + n / 97 * k) % cardinality(w.words)], ' ') FROM generate_series(1, 48) k),
                'Ada Lovelace', 'Grace Hopper', ARRAY['payments', 'retry'], 'High', 'https://acme.example/browse/PAY-' || n,
                now() - interval '1 day', now()
            FROM generate_series(1, $3::bigint) n, (SELECT ARRAY[\(words)] AS words) w
            """,
            [.uuid(tenant.id), .uuid(tenant.jira), .int(count)]
        )
    }

    /// Puts all issues of a tenant into the queue.
    func enqueueWorkItems(of tenant: TestTenant) async throws {
        try await self.query(
            """
            INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation)
            SELECT tenant_id, integration_id, 'jira', 'work_items', external_id, entity, 'insert' FROM work_items
            WHERE tenant_id = $1 ORDER BY stable_id::bigint
            """,
            [.uuid(tenant.id)]
        )
    }

    /// Rows that wait and belong to no entity: only their number matters.
    func fillQueue(_ count: Int, of tenant: TestTenant) async throws {
        let step = 250_000
        for start in stride(from: 1, through: count, by: step) {
            try await self.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation)
                SELECT $1, $2, 'jira', 'work_items', 'PAY-' || n, md5('waiting' || n)::uuid, 'insert'
                FROM generate_series($3::bigint, $4::bigint) n
                """,
                [.uuid(tenant.id), .uuid(tenant.jira), .int(start), .int(min(count, start + step - 1))]
            )
        }
    }

    /// What autovacuum would have done by now.
    func settleQueue() async throws {
        try await self.owner.withConnection { connection in
            for table in ["vectorization_queue", "qdrant_vectors", "work_items"] {
                try await connection.run("VACUUM (ANALYZE) \(table)")
            }
        }
        try await self.owner.withConnection { try await $0.run("CHECKPOINT") }
    }
}
