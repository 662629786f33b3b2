import Foundation
import Qdrant
import Testing

// Scripts/test starts Qdrant's engine and sets the variable; without a server there is nothing to test.
@Suite("Collections on a server", .enabled(if: TestCollection.url != nil, "PULSE_TEST_QDRANT_URL is not set"))
struct CollectionConformanceTests {
    @Test("Many processes may ensure one collection at once: one makes it, and it is as the layout says")
    func concurrentCreators() async throws {
        let client = TestCollection.connect()
        let layout = CollectionLayout(name: "test-\(UUID())", dimensions: 4)
        let made = try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try await TestCollection.connect().ensureCollection(layout) } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        #expect(try await client.ensureCollection(layout) == false)
        let info = try #require(try await client.collectionInfo(layout.name))
        #expect(layout.drift(from: info).isEmpty)
        #expect(info.pointsCount == 0)
        #expect(try await client.collections().contains(layout.name))
        #expect(try await client.collectionExists(layout.name))
        #expect(try await client.deleteCollection(layout.name))
        #expect(try await client.deleteCollection(layout.name) == false)
        #expect(try await client.collectionExists(layout.name) == false)
        #expect(try await client.collectionInfo(layout.name) == nil)
    }

    @Test("A missing payload index is named and mended; other dimensions are refused with the reason")
    func drift() async throws {
        try await TestCollection.with { collection in
            var layout = CollectionLayout(name: collection.name, dimensions: 4)
            layout.facets.append(PayloadIndex("priority", .keyword()))
            let before = try #require(try await collection.client.collectionInfo(collection.name))
            #expect(layout.drift(from: before).map(\.description) == ["payload index `priority` is missing"])
            try await collection.client.ensureCollection(layout)
            let after = try #require(try await collection.client.collectionInfo(collection.name))
            #expect(layout.drift(from: after).isEmpty)

            let other = CollectionLayout(name: collection.name, dimensions: 8)
            let error = await #expect(throws: QdrantError.self) { try await collection.client.ensureCollection(other) }
            #expect(error?.kind == .rejected)
            #expect(error?.message.contains("4 components, not 8") == true)
        }
    }

    @Test("Settings that differ are said and harm nothing; what can be mended is, and what cannot is said again")
    func settings() async throws {
        try await TestCollection.with { collection in
            let settings = CollectionSettings(
                shardNumber: 3,
                writeConsistencyFactor: 2,
                quantization: .scalar(),
                vectorsOnDisk: true,
                payloadOnDisk: false
            )
            var layout = CollectionLayout(name: collection.name, dimensions: 4, linksPerPoint: 24, settings: settings)
            layout.facets = layout.facets.filter { $0.key != "author" } + [PayloadIndex("author", .uuid)]
            var said: [CollectionDrift] = []
            #expect(try await collection.client.ensureCollection(layout, noting: { said = $0 }) == false)
            #expect(
                said.map(\.description).sorted() == [
                    "links within a tenant (payload_m) is 16, not 24", "payload index `author` is of type keyword, not uuid",
                    "payload on disk is true, not false", "quantization is left to the server, not scalar",
                    "shard number is 1, not 3", "vectors on disk is false, not true", "write consistency factor is 1, not 2",
                ]
            )
            let left = try #require(try await collection.client.mendCollection(layout))
            #expect(left.map(\.kind) == [.fixedSetting] && left[0].description == "shard number is 1, not 3")
            layout.settings.shardNumber = nil
            layout.settings.quantization = .off
            let quantized = try #require(try await collection.client.collectionInfo(collection.name))
            #expect(layout.drift(from: quantized).map(\.description) == ["quantization is scalar, not none"])
            #expect(try await collection.client.mendCollection(layout) == [])
            #expect(try await collection.client.collectionInfo(collection.name)?.quantization == nil)
            #expect(try await collection.client.mendCollection(CollectionLayout(name: "none-\(UUID())", dimensions: 4)) == nil)
        }
    }

    @Test("An alias moves from one collection to the next in one step, and reads follow it")
    func aliases() async throws {
        try await TestCollection.with { old in
            try await TestCollection.with { new in
                let alias = "alias-\(UUID())"
                try await new.vectors(tenantA).upsert([VectorPoint()], onlyIfGenerationAtMost: 1)
                try await old.client.changeAliases([.create(alias: alias, collection: old.name)])
                let vectors = old.client.vectors(tenant: tenantA, collection: alias, space: "space")
                #expect(try await vectors.count() == 0)
                try await old.client.changeAliases([.delete(alias: alias), .create(alias: alias, collection: new.name)])
                #expect(try await vectors.count() == 1)
                #expect(try await old.client.aliases()[alias] == new.name)
                try await old.client.changeAliases([.delete(alias: alias)])
                #expect(try await old.client.aliases()[alias] == nil)
            }
        }
    }

    @Test("A collection that is not there is `notFound`, not an empty answer")
    func missingCollection() async throws {
        let vectors = TestCollection.connect().vectors(tenant: tenantA, collection: "test-none", space: "s")
        let read = await #expect(throws: QdrantError.self) { _ = try await vectors.count() }
        #expect(read?.kind == .notFound)
        let write = await #expect(throws: QdrantError.self) {
            try await vectors.upsert([VectorPoint()], onlyIfGenerationAtMost: 1)
        }
        #expect(write?.kind == .notFound)
    }

    @Test("The server says its version and that it is ready; where nobody listens, one line says so")
    func readiness() async throws {
        let client = TestCollection.connect()
        #expect(await client.isReady())
        #expect(try await client.version() >= .firstWithCorpus)
        let nobody = QdrantClient(QdrantConfiguration(url: "http://127.0.0.1:9"), transport: TestCollection.transport)
        #expect(await nobody.isReady() == false)
        let error = await #expect(throws: QdrantError.self) { _ = try await nobody.version() }
        #expect(error?.kind == .unreachable)
        #expect(error.map { "\($0)".hasPrefix("cannot reach Qdrant at http://127.0.0.1:9: ") } == true)
    }
}
