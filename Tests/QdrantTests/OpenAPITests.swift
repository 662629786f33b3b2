import Foundation
import HTTPTransport
import Qdrant
import Testing

@Suite("Against Qdrant's own OpenAPI document")
struct OpenAPITests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let document =
        ProcessInfo.processInfo.environment["QDRANT_OPENAPI"].map { URL(filePath: $0) }
        ?? Self.root.appending(path: "../shared/realdata/qdrant/openapi-1.19.json")

    // The document is Qdrant's and not part of the project: where it is absent there is nothing to check against.
    @Test(
        "Every request that the client can make is valid",
        .enabled(if: FileManager.default.fileExists(atPath: OpenAPITests.document.path), "no OpenAPI document beside the project")
    )
    func everyRequest() async throws {
        let server = ScriptedQdrant()
        try await self.callEverything(server)
        try await self.callSnapshots(server)
        let lines = try (server.requests + (try await self.createCollections())).map { request in
            var line: [String: Any] = ["method": request.method.rawValue, "url": request.url]
            // A form is no JSON; the document says nothing about its parts.
            if let body = request.body, request.headers["content-type"] == "application/json" {
                line["body"] = try JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)
            }
            return String(decoding: try JSONSerialization.data(withJSONObject: line), as: UTF8.self)
        }
        #expect(lines.count >= 60)
        let file = FileManager.default.temporaryDirectory.appending(path: "qdrant-requests-\(UUID()).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(lines.joined(separator: "\n").utf8).write(to: file)

        let check = Process()
        let output = Pipe()
        check.executableURL = URL(filePath: "/usr/bin/env")
        check.arguments = [
            "python3", "-B", Self.root.appending(path: "Scripts/qdrant-edge/check_openapi.py").path, Self.document.path,
            file.path,
        ]
        check.standardOutput = output
        check.standardError = output
        try check.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        check.waitUntilExit()
        #expect(check.terminationStatus == 0, "\(text)")
    }

    private func callEverything(_ server: ScriptedQdrant) async throws {
        let client = server.client()
        _ = try await client.version()
        _ = await client.isReady()
        _ = try await client.collections()
        _ = try await client.collectionExists("a")
        _ = try await client.aliases()
        try await client.changeAliases([
            .create(alias: "x", collection: "a"), .delete(alias: "y"), .rename(alias: "x", to: "z"),
        ])
        try await client.ensureCollection(CollectionLayout(name: "a", dimensions: 3))
        try await client.createPayloadIndex(PayloadIndex("flag", .bool), in: "a")
        try await client.deleteCollection("a")

        let vectors = client.vectors(tenant: tenantA, collection: "a", space: "s")
        let point = VectorPoint(
            id: UUID(),
            entity: UUID(),
            dense: [1, 2, 3],
            lexical: SparseVector(indices: [1, 2], values: [1, 2]),
            payload: ["n": nil, "list": [1, 2.5, "x", true], "object": ["a": ["b": 1]], "at": .date(Date())]
        )
        try await vectors.upsert([point], onlyIfGenerationAtMost: 3)
        try await vectors.replace([EntityReplacement(entity: point.entity, generation: 3, points: [point])])
        try await vectors.deletePoints(entities: [point.entity], generationBelow: 3)
        try await vectors.deletePoints(entities: [point.entity], generationAtMost: 3)
        try await vectors.deletePoints(ids: [point.id])
        try await vectors.deleteAll()
        try await vectors.deleteAll(generationAtMost: 3)
        _ = try await vectors.countStrays()
        try await vectors.deleteStrays(generationAtMost: 3)
        _ = try await vectors.misplaced([point.id])
        try await vectors.deleteMisplaced([point.id])
        _ = try await vectors.retrieveDense(ids: [point.id])
        _ = try await vectors.payloads(ids: [point.id], payload: .only(["text"]))
        let filter = PointFilter([
            .keyword(key: "table", anyOf: ["prs"]), .keywordNot(key: "status", anyOf: ["Done"]),
            .integer(key: "chunk", anyOf: [0, 1]), .integerRange(key: "generation", from: 1, through: 2),
            .dateRange(key: "updated_at", from: Date(), before: Date()),
        ])
        for (exact, minimum) in [(true, nil), (false, Float(0.5))] {
            let query = HybridQuery(
                dense: [1, 2, 3],
                lexical: point.lexical,
                limit: 5,
                filter: filter,
                exact: exact,
                minimumDenseScore: minimum
            )
            _ = try await vectors.query(query)
        }
        _ = try await vectors.scroll(limit: 10, filter: filter)
        _ = try await vectors.scroll(from: UUID(), limit: 10, payload: .only(["a"]), withVector: true)
        _ = try await vectors.count(filter)
        _ = try await vectors.counts(by: "table", filter: filter)
    }

    private func callSnapshots(_ server: ScriptedQdrant) async throws {
        let snapshots = QdrantSnapshots(client: server.client(), transport: server.transport)
        let made = try await snapshots.create(of: "a")
        _ = try await snapshots.list(of: "a")
        let file = FileManager.default.temporaryDirectory.appending(path: "qdrant-snapshot-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try await snapshots.download(made.name, of: "a", to: file.path)
        try await snapshots.restore("a", from: file.path, checksum: "00")
        try await snapshots.delete(made.name, of: "a")
        _ = try await snapshots.greatestGeneration(in: "a")
    }

    /// Collections with every setting, on a server that has none of them.
    private func createCollections() async throws -> [HTTPRequest] {
        let server = ScriptedQdrant { request in
            request.method == .get && request.url.contains("/collections/")
                ? ScriptedQdrant.json("{}", status: 404) : ScriptedQdrant.agreeable(request)
        }
        var requests: [HTTPRequest] = []
        for quantization in [.scalar(quantile: 0.99), .binary(), .off, nil] as [CollectionSettings.Quantization?] {
            let settings = CollectionSettings(
                shardNumber: 2,
                replicationFactor: 2,
                writeConsistencyFactor: 2,
                quantization: quantization,
                vectorsOnDisk: true,
                payloadOnDisk: true
            )
            let layout = CollectionLayout(name: "q", dimensions: 3, settings: settings)
            // It is made, and then cannot be found: this server has nothing.
            _ = try? await server.client().ensureCollection(layout)
            // One that has neither the settings nor the tenant's index as they should be.
            let other = ScriptedQdrant { request in
                request.method == .get && request.url.hasSuffix("/collections/q")
                    ? ScriptedQdrant.json(#"{"result":\#(ScriptedQdrant.otherCollection)}"#) : ScriptedQdrant.agreeable(request)
            }
            _ = try await other.client().mendCollection(layout)
            requests += other.requests
        }
        return requests + server.requests
    }
}
