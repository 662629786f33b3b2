import Foundation
import Qdrant
import Testing

// Scripts/test starts Qdrant's engine and sets the variable; without a server there is nothing to test.
@Suite("Reads on a server", .enabled(if: TestCollection.url != nil, "PULSE_TEST_QDRANT_URL is not set"))
struct ReadConformanceTests {
    @Test("Tenants never see each other: in queries of any kind, pages, counts, values, or by id")
    func tenants() async throws {
        try await TestCollection.with { collection in
            let (mine, theirs) = (collection.vectors(tenantA), collection.vectors(tenantB))
            let (myPoint, theirPoint) = (VectorPoint(payload: ["table": "prs"]), VectorPoint(payload: ["table": "prs"]))
            try await mine.upsert([myPoint], onlyIfGenerationAtMost: 1)
            try await theirs.upsert([theirPoint], onlyIfGenerationAtMost: 1)

            let hits = try await mine.query(
                HybridQuery(dense: [1, 0, 0, 0], lexical: SparseVector(indices: [1], values: [1]), limit: 10)
            )
            #expect(hits.dense.map(\.id) == [myPoint.id])
            #expect(hits.lexical.map(\.id) == [myPoint.id])
            #expect(try await mine.scroll(limit: 10).points.map(\.id) == [myPoint.id])
            #expect(try await mine.count() == 1)
            #expect(try await mine.counts(by: "table") == ["prs": 1])
            #expect(try await mine.retrieveDense(ids: [myPoint.id, theirPoint.id]).keys.sorted() == [myPoint.id])
            let payloads = try await mine.payloads(ids: [myPoint.id, theirPoint.id], payload: .only(["table"]))
            #expect(payloads.keys.sorted() == [myPoint.id] && payloads[myPoint.id]?["table"] == "prs")
            try await mine.deletePoints(entities: [theirPoint.entity], generationAtMost: .max)
            #expect(try await theirs.count() == 1)
        }
    }

    @Test("Spaces within a collection are apart")
    func spaces() async throws {
        try await TestCollection.with { collection in
            try await collection.vectors(tenantA, space: "old").upsert([VectorPoint()], onlyIfGenerationAtMost: 1)
            #expect(try await collection.vectors(tenantA, space: "new").count() == 0)
            try await collection.vectors(tenantA, space: "new").deleteAll()
            #expect(try await collection.vectors(tenantA, space: "old").count() == 1)
        }
    }

    @Test("The nearest vector comes first, scores are cosines, and a minimum leaves the others out")
    func dense() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let points = (0..<4).map { VectorPoint(axis: $0) }
            try await vectors.upsert(points, onlyIfGenerationAtMost: 1)
            let hits = try await vectors.query(HybridQuery(dense: points[2].dense, limit: 4)).dense
            #expect(hits.first?.id == points[2].id)
            #expect(abs((hits.first?.score ?? 0) - 1) < 1e-5)
            #expect(hits.count == 4)
            let near = try await vectors.query(HybridQuery(dense: points[2].dense, limit: 4, minimumDenseScore: 0.9))
            #expect(near.dense.map(\.id) == [points[2].id])
            #expect(near.lexical.isEmpty)
        }
    }

    @Test("Several questions are answered in one request, each by its own halves, in their order")
    func several() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let (first, second) = (VectorPoint(axis: 0, words: [7]), VectorPoint(axis: 1, words: [8]))
            try await vectors.upsert([first, second], onlyIfGenerationAtMost: 1)
            let word = SparseVector(indices: [8], values: [1])
            let hits = try await vectors.query([
                HybridQuery(dense: first.dense, lexical: word, limit: 1),
                HybridQuery(limit: 5),
                HybridQuery(lexical: word, limit: 5),
                HybridQuery(dense: second.dense, lexical: SparseVector(indices: [], values: []), limit: 1),
            ])
            #expect(hits.map { $0.dense.map(\.id) } == [[first.id], [], [], [second.id]])
            #expect(hits.map { $0.lexical.map(\.id) } == [[second.id], [], [second.id], []])
            #expect(try await vectors.query([HybridQuery]()).isEmpty)
        }
    }

    @Test("A rare word outweighs a common one, and how rare it is is counted among the tenant's own texts")
    func lexical() async throws {
        try await TestCollection.with { collection in
            let (mine, theirs) = (collection.vectors(tenantA), collection.vectors(tenantB))
            let rare = VectorPoint(words: [7])
            let common = (0..<9).map { _ in VectorPoint(words: [8]) }
            try await mine.upsert([rare] + common, onlyIfGenerationAtMost: 1)
            let question = HybridQuery(lexical: SparseVector(indices: [7, 8], values: [1, 1]), limit: 10)
            let before = try await mine.query(question).lexical
            #expect(before.first?.id == rare.id)
            #expect(before.count == 10)
            #expect((before.first?.score ?? 0) > (before.last?.score ?? 0) * 2)
            // Another tenant uses my rare word all the time.
            try await theirs.upsert((0..<50).map { _ in VectorPoint(words: [7]) }, onlyIfGenerationAtMost: 1)
            #expect(try await mine.query(question).lexical.map(\.score) == before.map(\.score))
        }
    }

    @Test("A point without words is found by meaning and not by words")
    func wordless() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            try await vectors.upsert([VectorPoint(words: [])], onlyIfGenerationAtMost: 1)
            let hits = try await vectors.query(
                HybridQuery(dense: [1, 0, 0, 0], lexical: SparseVector(indices: [1], values: [1]), limit: 10)
            )
            #expect(hits.dense.count == 1)
            #expect(hits.lexical.isEmpty)
        }
    }

    @Test("Filters by value, by absence of a value, by number and by time choose the right points in queries, counts and pages")
    func filters() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let days = (0..<6).map { Date(timeIntervalSince1970: 1_700_000_000.25 + Double($0) * 86_400) }
            let points = days.indices.map { day in
                VectorPoint(payload: [
                    "table": day % 2 == 0 ? "prs" : "work_items", "chunk": .integer(Int64(day)), "updated_at": .date(days[day]),
                ])
            }
            try await vectors.upsert(points, onlyIfGenerationAtMost: 1)
            let cases: [(PointFilter.Condition, [Int])] = [
                (.keyword(key: "table", anyOf: ["prs"]), [0, 2, 4]),
                (.keyword(key: "table", anyOf: ["prs", "work_items"]), [0, 1, 2, 3, 4, 5]),
                (.keyword(key: "table", anyOf: []), []),
                (.keywordNot(key: "table", anyOf: ["prs"]), [1, 3, 5]),
                (.integer(key: "chunk", anyOf: [1, 4]), [1, 4]),
                (.integerRange(key: "generation", from: nil, through: 0), []),
                (.integerRange(key: "generation", from: 1, through: 1), [0, 1, 2, 3, 4, 5]),
                (.dateRange(key: "updated_at", from: days[1], before: days[3]), [1, 2]),
                (.dateRange(key: "updated_at", from: days[4], before: nil), [4, 5]),
                (.dateRange(key: "updated_at", from: nil, before: days[1]), [0]),
                (.keyword(key: "entity", anyOf: [points[3].entity.uuidString.lowercased()]), [3]),
            ]
            for (condition, expected) in cases {
                let filter = PointFilter([condition])
                let ids = Set(expected.map { points[$0].id })
                let hits = try await vectors.query(
                    HybridQuery(
                        dense: [1, 0, 0, 0],
                        lexical: SparseVector(indices: [1], values: [1]),
                        limit: 10,
                        filter: filter
                    )
                )
                #expect(Set(hits.dense.map(\.id)) == ids, "\(condition)")
                #expect(Set(hits.lexical.map(\.id)) == ids, "\(condition)")
                #expect(try await vectors.count(filter) == ids.count, "\(condition)")
                #expect(Set(try await vectors.scroll(limit: 10, filter: filter).points.map(\.id)) == ids, "\(condition)")
            }
            let stored = try await vectors.scroll(limit: 10, filter: .entities([points[0].entity])).points
            #expect(stored.first?.payload["updated_at"] == .date(days[0]))
        }
    }

    @Test("Pages follow each other without gap or repetition, with the keys and vectors that were asked for")
    func pages() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let points = (0..<25).map { _ in VectorPoint(axis: 1, payload: ["title": "t", "other": "o"]) }
            try await vectors.upsert(points, onlyIfGenerationAtMost: 8)
            var seen: [StoredPoint] = []
            var start: UUID?
            repeat {
                let page = try await vectors.scroll(
                    from: start,
                    limit: 7,
                    payload: .only(["title", "generation"]),
                    withVector: true
                )
                #expect(page.points.count <= 7)
                seen += page.points
                start = page.next
            } while start != nil
            #expect(seen.map(\.id).sorted() == points.map(\.id).sorted())
            for point in seen {
                #expect(Set(point.payload.keys) == ["tenant_id", "title", "generation"])
                #expect(point.generation == 8)
                #expect(point.dense?.count == 4)
            }
        }
    }

    @Test("Vectors come back by id, as directions, and unknown ids are left out")
    func retrieval() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let points = (0..<600).map { VectorPoint(axis: $0 % 4) }
            try await vectors.upsert(points, onlyIfGenerationAtMost: 1)
            let found = try await vectors.retrieveDense(ids: points.map(\.id) + [UUID()])
            #expect(found.count == 600)
            for point in points {
                let length = point.dense.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for (a, b) in zip(point.dense, found[point.id] ?? []) { #expect(abs(a / length - b) < 1e-5) }
            }
        }
    }

    @Test("A vector is taken over only from a point that still holds the text it was noted for")
    func retrievalOfKnownText() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let points = ["old", "new"].map { VectorPoint(payload: ["content_hash": .string($0)]) }
            try await vectors.upsert(points, onlyIfGenerationAtMost: 1)
            let expected = Dictionary(uniqueKeysWithValues: points.map { ($0.id, "new") })
            let found = try await vectors.retrieveDense(whose: "content_hash", is: expected)
            #expect(Array(found.keys) == [points[1].id])
        }
    }
}
