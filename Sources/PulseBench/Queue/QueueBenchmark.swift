import Foundation
import Postgres
import PulseModel
import Store
import TestSupport

/// The queue's two ends beside pgbench with the same SQL on the same server.
struct QueueBenchmark {
    private static let workers = 4
    private static let batch = 128
    /// Batches of one measurement, over all workers.
    private static let batches = 64
    private static let rounds = 7
    private static let fewRows = 10_000

    /// Rows that wait in the large measurement.
    var backlog: Int

    private var rows: Int { Self.batch * Self.batches }

    func run() async throws -> [Figure] {
        try await self.withDatabase { small in
            let enqueue = try await self.enqueue(small)
            return try await self.withDatabase { large in
                // A round of the one after a round of the other: what this machine does besides befalls both.
                var (few, many) = (Rates(), Rates())
                try await self.refill(large, self.backlog + 2 * Self.rounds * self.rows)
                for _ in 0..<Self.rounds {
                    try await self.refill(small, Self.fewRows + 2 * self.rows)
                    try await self.complete(small, &few)
                    try await self.complete(large, &many)
                }
                return [
                    enqueue,
                    few.figure("claim and complete, \(Figure.text(Double(Self.fewRows))) waiting"),
                    many.figure("claim and complete, \(Figure.text(Double(self.backlog))) waiting"),
                    Figure(
                        "the same with many waiting as with few",
                        Measure.median(many.own),
                        "rows/s",
                        limit: ("\(Figure.text(Double(Self.fewRows))) waiting", Measure.median(few.own)),
                        target: .ratioAtLeast(0.8),
                        runs: Self.rounds
                    ),
                ]
            }
        }
    }

    /// A database with one tenant, and what speaks to it.
    private struct Place {
        var database: TestDatabase
        var store: Store
        var tenant: TestTenant
    }

    private func withDatabase(_ body: (Place) async throws -> [Figure]) async throws -> [Figure] {
        try await TestDatabase.with { database in
            let tenant = try await database.tenant("bench")
            try await database.fillWorkItems(self.rows, of: tenant)
            return try await database.withStore { store in
                try await body(Place(database: database, store: store, tenant: tenant))
            }
        }
    }

    /// Rows a second, by rounds.
    private struct Rates {
        var own: [Double] = []
        var limit: [Double] = []

        func figure(_ name: String) -> Figure {
            Figure(
                name,
                Measure.median(self.own),
                "rows/s",
                limit: ("pgbench", Measure.median(self.limit)),
                target: .ratioAtLeast(0.7),
                runs: QueueBenchmark.rounds
            )
        }
    }

    // MARK: Enqueue

    private func enqueue(_ place: Place) async throws -> Figure {
        let (database, store, tenant) = (place.database, place.store, place.tenant)
        let entities: [UUID] = try await database.query("SELECT entity FROM work_items ORDER BY stable_id::bigint").map {
            try $0.decode("entity")
        }
        // pgbench has no arrays of its own: it fetches each page's, which costs it one statement of seven.
        try await database.query(
            """
            CREATE TABLE bench_pages AS
            SELECT (stable_id::bigint - 1) / \(Self.batch) AS page, array_agg(entity)::text AS entities FROM work_items GROUP BY 1
            """
        )
        try await database.query("CREATE UNIQUE INDEX ON bench_pages (page)")
        try await database.query("GRANT SELECT ON bench_pages TO pulse_app")
        let statement = Store.enqueueStatement(of: .workItems)
        let script = """
            \\set page :k + :client_id * \(Self.batches / Self.workers)
            \\set k :k + 1
            SELECT entities FROM bench_pages WHERE page = :page \\gset
            BEGIN;
            SELECT set_config('enable_seqscan', 'off', true), set_config('pulse.tenant', '\(tenant.id.uuidString.lowercased())', true);
            \(PgBench.fill(statement, ["'\(tenant.id)'", "5", ":entities::uuid[]"]));
            \(Store.notifyStatement);
            COMMIT;
            """
        var rates = Rates()
        for _ in 0..<Self.rounds {
            try await database.query("TRUNCATE vectorization_queue")
            try await database.settleQueue()
            rates.own.append(
                try await self.rate { number in
                    let page = Array(entities[number * Self.batch..<(number + 1) * Self.batch])
                    let count = try await store.enqueue(tenant: tenant.id, table: .workItems, entities: page)
                    guard count == Self.batch else { throw BenchError("\(count) rows were enqueued, not \(Self.batch)") }
                }
            )
            try await database.query("TRUNCATE vectorization_queue")
            try await database.settleQueue()
            let transactions = Self.batches / Self.workers
            rates.limit.append(
                Double(Self.batch)
                    * (try PgBench(url: database.url).run(script: script, clients: Self.workers, transactions: transactions))
            )
            guard try await database.count("SELECT count(*) FROM vectorization_queue") == self.rows else {
                throw BenchError("pgbench has not enqueued what it should")
            }
        }
        return rates.figure("enqueue, pages of \(Self.batch)")
    }

    // MARK: Claim and complete

    /// One round of it.
    private func complete(_ place: Place, _ rates: inout Rates) async throws {
        let (store, tenant) = (place.store, place.tenant)
        let policy = QueuePolicy()
        let space = WrittenSpace(name: "bench", collection: "bench")
        let hash = ContentHash(of: "a chunk")
        rates.own.append(
            try await self.rate { _ in
                let owner = UUID()
                let rows = try await store.claim(owner: owner, limit: Self.batch, policy: policy)
                let passes = rows.map {
                    FinishedPass(
                        row: $0,
                        verdict: .applied,
                        space: space,
                        chunks: [WrittenChunk(number: 0, hash: hash)],
                        documentVersion: 1
                    )
                }
                let summary = try await store.finish(passes, in: space.name, owner: owner, tenant: tenant.id, policy: policy)
                guard summary.done == Self.batch else {
                    throw BenchError("\(summary.done) rows were completed, not \(Self.batch)")
                }
            }
        )
        rates.limit.append(
            Double(Self.batch)
                * (try PgBench(url: place.database.url).run(
                    script: Self.completion(tenant: tenant.id, policy: policy),
                    clients: Self.workers,
                    transactions: Self.batches / Self.workers
                ))
        )
    }

    private func refill(_ place: Place, _ count: Int) async throws {
        try await place.database.query("TRUNCATE vectorization_queue, qdrant_vectors")
        try await place.database.fillQueue(count, of: place.tenant)
        try await place.database.settleQueue()
    }

    /// What ``Store/claim(owner:limit:policy:tenant:except:)`` and ``Store/finish(_:in:owner:tenant:policy:)`` send.
    private static func completion(tenant: UUID, policy: QueuePolicy) -> String {
        let owner = "('00000000-0000-4000-8000-' || lpad(:client_id::text, 12, '0'))::uuid"
        let tenant = "'\(tenant.uuidString.lowercased())'::uuid"
        let claim = PgBench.fill(
            Store.claimStatement,
            [
                owner, "\(Self.batch)", "60", "30", "NULL::uuid", "\(policy.aloneAfterCrashes)", "\(policy.failAfterCrashes)",
                "'{}'::uuid[]",
            ]
        )
        let finish = PgBench.fill(
            Store.finishStatement,
            [
                tenant, owner, ":ids::bigint[]", ":generations::bigint[]", ":settled::text[]", ":verdicts::text[]",
                ":delays::text[]",
                ":nothing::text[]", ":nothing::text[]", "30", "\(policy.attempts)",
            ]
        )
        let ledger = PgBench.fill(
            Store.ledgerStatement,
            [
                tenant, ":spaces::text[]", ":spaces::text[]", ":entities::uuid[]", ":zeros::bigint[]", ":integrations::uuid[]",
                ":tables::text[]", ":entities::uuid[]", ":hashes::text[]", ":fences::bigint[]", ":ones::bigint[]",
            ]
        )
        return """
            SELECT array_agg(id) AS ids, array_agg(generation) AS generations, array_agg(entity) AS entities, array_agg(fence) AS fences, \
            array_agg(integration_id) AS integrations, array_agg(table_name) AS tables, array_agg('t'::text) AS settled, \
            array_agg('applied'::text) AS verdicts, array_agg('0'::text) AS delays, array_agg(NULL::text) AS nothing, \
            array_agg('bench'::text) AS spaces, array_agg(0) AS zeros, array_agg(1) AS ones, array_agg(md5('a') || md5('b')) AS hashes \
            FROM (\(claim)) c \\gset
            BEGIN;
            SELECT set_config('enable_seqscan', 'off', true), set_config('pulse.tenant', \(tenant)::text, true);
            \(PgBench.fill(Store.spaceLockStatement, [tenant]));
            \(PgBench.fill(Store.heldRowsStatement, [tenant, ":ids::bigint[]"]));
            \(finish);
            \(ledger);
            \(PgBench.fill(
                Store.ledgerEndsStatement,
                [tenant, ":tables::text[]", ":entities::uuid[]", ":spaces::text[]", ":ones::bigint[]"]
            ));
            COMMIT;
            """
    }

    /// Rows a second over all batches, worked off by as many tasks as there are workers.
    private func rate(_ body: @escaping @Sendable (Int) async throws -> Void) async throws -> Double {
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<Self.workers {
                group.addTask {
                    for number in stride(from: worker, to: Self.batches, by: Self.workers) { try await body(number) }
                }
            }
            try await group.waitForAll()
        }
        let (seconds, attoseconds) = started.duration(to: .now).components
        return Double(self.rows) / (Double(seconds) + Double(attoseconds) * 1e-18)
    }
}
