import Foundation
import Qdrant
import Testing

// Scripts/test starts Qdrant's engine and sets the variable; without a server there is nothing to test.
@Suite("Writes on a server", .enabled(if: TestCollection.url != nil, "PULSE_TEST_QDRANT_URL is not set"))
struct WriteConformanceTests {
    private func generations(_ vectors: TenantVectors) async throws -> [UUID: Int64] {
        let points = try await vectors.scroll(limit: 100).points
        return Dictionary(uniqueKeysWithValues: points.compactMap { point in point.generation.map { (point.id, $0) } })
    }

    @Test("An older generation never overwrites a newer one, an equal or newer one does, and a new point goes in")
    func generationsOnlyRise() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let id = UUID()
            for (generation, stands) in [(5, 5), (3, 5), (5, 5), (7, 7), (6, 7)] as [(Int64, Int64)] {
                let title = QdrantValue.string("generation \(generation)")
                try await vectors.upsert([VectorPoint(id, payload: ["title": title])], onlyIfGenerationAtMost: generation)
                #expect(try await self.generations(vectors) == [id: stands])
            }
            let point = try #require(try await vectors.scroll(limit: 1).points.first)
            #expect(point.payload["title"] == "generation 7")
        }
    }

    @Test("Writers that race over the same points leave the newest generation on each")
    func racingWriters() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let ids = (0..<20).map { _ in UUID() }
            try await withThrowingTaskGroup { group in
                for generation in (1...24 as ClosedRange<Int64>).shuffled() {
                    group.addTask {
                        try await vectors.upsert(ids.map { VectorPoint($0) }, onlyIfGenerationAtMost: generation)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await self.generations(vectors) == Dictionary(uniqueKeysWithValues: ids.map { ($0, 24) }))
        }
    }

    @Test("A point of another tenant under the same id is left alone")
    func foreignID() async throws {
        try await TestCollection.with { collection in
            let id = UUID()
            try await collection.vectors(tenantA).upsert([VectorPoint(id, payload: ["title": "mine"])], onlyIfGenerationAtMost: 1)
            let theirs = VectorPoint(id, payload: ["title": "theirs"])
            try await collection.vectors(tenantB).upsert([theirs], onlyIfGenerationAtMost: 9)
            #expect(try await collection.vectors(tenantA).scroll(limit: 10).points.first?.payload["title"] == "mine")
            #expect(try await collection.vectors(tenantB).count() == 0)
        }
    }

    @Test("Deleting below a generation keeps that generation, other entities and other tenants")
    func deletion() async throws {
        try await TestCollection.with { collection in
            let entity = UUID()
            let kept = UUID()
            let mine = collection.vectors(tenantA)
            try await mine.upsert([VectorPoint(entity: entity), VectorPoint(entity: entity)], onlyIfGenerationAtMost: 1)
            try await mine.upsert([VectorPoint(kept, entity: entity)], onlyIfGenerationAtMost: 2)
            try await mine.upsert([VectorPoint()], onlyIfGenerationAtMost: 1)
            try await collection.vectors(tenantB).upsert([VectorPoint(entity: entity)], onlyIfGenerationAtMost: 1)

            try await mine.deletePoints(entities: [entity], generationBelow: 2)
            #expect(try await mine.scroll(limit: 10, filter: .entities([entity])).points.map(\.id) == [kept])
            #expect(try await mine.count() == 2)
            try await mine.deletePoints(entities: [entity], generationAtMost: 2)
            #expect(try await mine.count(.entities([entity])) == 0)
            #expect(try await mine.count() == 1)
            try await mine.deleteAll()
            #expect(try await mine.count() == 0)
            #expect(try await collection.vectors(tenantB).count() == 1)
        }
    }

    @Test(
        "A replacement leaves an entity's new chunks and none of its old ones, removes absent entities, and does no harm when late"
    )
    func replacement() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let (long, gone) = (UUID(), UUID())
            let chunks = (0..<5).map { _ in UUID() }
            let first = [
                EntityReplacement(entity: long, generation: 3, points: chunks.map { VectorPoint($0) }),
                EntityReplacement(entity: gone, generation: 4, points: [VectorPoint()]),
            ]
            try await vectors.replace(first)
            #expect(try await vectors.count() == 6)
            let second = [
                EntityReplacement(entity: long, generation: 5, points: chunks.prefix(2).map { VectorPoint($0) }),
                EntityReplacement(entity: gone, generation: 6, points: []),
            ]
            for _ in 0..<2 {
                try await vectors.replace(second)
                #expect(try await self.generations(vectors) == [chunks[0]: 5, chunks[1]: 5])
            }
            // A deletion that comes late must not take the newer points with it.
            try await vectors.replace([EntityReplacement(entity: long, generation: 4, points: [])])
            #expect(try await self.generations(vectors) == [chunks[0]: 5, chunks[1]: 5])
        }
    }

    @Test("Many entities replaced over many requests all arrive")
    func manyRequests() async throws {
        try await TestCollection.with(maximumRequestBytes: 20_000) { collection in
            let vectors = collection.vectors(tenantA)
            let entities = (0..<200).map { number in
                EntityReplacement(entity: UUID(), generation: Int64(number), points: [VectorPoint(), VectorPoint()])
            }
            try await vectors.replace(entities)
            #expect(try await vectors.count() == 400)
        }
    }

    @Test("More than the server's limit of 32 MiB goes in, because it is cut into bodies")
    func large() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let text = QdrantValue.string(String(repeating: "Wörter ", count: 30_000))
            try await vectors.upsert((0..<170).map { _ in VectorPoint(payload: ["text": text]) }, onlyIfGenerationAtMost: 1)
            #expect(try await vectors.count() == 170)
        }
    }

    @Test("A vector of the wrong dimension is rejected with the reason")
    func wrongDimension() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            var bad = VectorPoint()
            bad.dense = [1, 2, 3]
            let error = await #expect(throws: QdrantError.self) {
                try await vectors.upsert([VectorPoint(), bad], onlyIfGenerationAtMost: 1)
            }
            #expect(error?.kind == .rejected)
            #expect(error?.message.contains("dimension") == true)
            // Of a refused batch Qdrant promises nothing, but the bad point is never stored.
            let stored = try await vectors.count()
            #expect(stored <= 1)
        }
    }

    @Test("Payloads come back as they were written: other scripts, emoji, escapes, nesting, large numbers")
    func payloads() async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let payload: [String: QdrantValue] = [
                "text": "日本語 עברית 👩‍👩‍👧 \"quoted\" \\ \n\t\u{1} end", "large": .integer(.max), "small": .integer(.min),
                "half": 0.5, "none": nil, "list": [1, "two", true, nil], "nested": ["ключ": ["a": [1, 2]]],
            ]
            try await vectors.upsert([VectorPoint(payload: payload)], onlyIfGenerationAtMost: 1)
            let stored = try #require(try await vectors.scroll(limit: 1).points.first?.payload)
            for (key, value) in payload { #expect(stored[key] == value) }
        }
    }
}
