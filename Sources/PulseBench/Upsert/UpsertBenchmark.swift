import AsyncHTTPClient
import AsyncHTTPTransport
import Foundation
import Qdrant

/// The client's way from points to Qdrant, beside the same bodies sent raw.
struct UpsertBenchmark {
    private static let batch = 128
    private static let batches = 24
    private static let connections = 2
    private static let rounds = 3

    func run() async throws -> [Figure] {
        try await BenchQdrant.with { qdrant in
            var figures: [Figure] = []
            for dimensions in [384, 1536] {
                let batches = Self.points(dimensions: dimensions)
                let file = NSTemporaryDirectory() + "pulse-bench-\(UUID().uuidString)"
                defer { try? FileManager.default.removeItem(atPath: file) }
                let http = HTTPClient(eventLoopGroupProvider: .singleton)
                let recorder = QdrantClient(
                    QdrantConfiguration(url: qdrant.url),
                    transport: try RecordingTransport(AsyncHTTPTransport(client: http), file: file)
                )
                try await qdrant.withCollection(dimensions: dimensions) { collection in
                    _ = try await Self.upsert(batches, into: collection, by: recorder)
                }
                try await http.shutdown()
                let bodies = try Recording.bodies(in: file)

                let count = Double(Self.batch * Self.batches)
                var own: [Double] = []
                var raw: [Double] = []
                var processor: [Double] = []
                for _ in 0..<Self.rounds {
                    try await qdrant.withCollection(dimensions: dimensions) { collection in
                        let took = try await Self.upsert(batches, into: collection, by: qdrant.client)
                        own.append(count / took.seconds)
                        processor.append(took.processor / count * 1e6)
                    }
                    try await qdrant.withCollection(dimensions: dimensions) { collection in
                        let upload = RawUpload(port: qdrant.port, collection: collection, connections: Self.connections)
                        raw.append(count / (try upload.seconds(bodies)))
                    }
                }
                figures.append(
                    Figure(
                        "upsert, \(dimensions)",
                        Measure.median(own),
                        "points/s",
                        limit: ("raw, \(Self.connections) connections", Measure.median(raw)),
                        runs: Self.rounds
                    )
                )
                figures.append(
                    Figure("the client's own CPU, \(dimensions)", Measure.median(processor), "µs/point", runs: Self.rounds)
                )
            }
            return figures
        }
    }

    private static func upsert(
        _ batches: [[VectorPoint]],
        into collection: String,
        by client: QdrantClient
    ) async throws -> (seconds: Double, processor: Double) {
        let vectors = client.vectors(tenant: UUID(), collection: collection, space: "bench")
        let before = Measure.processorSeconds
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for connection in 0..<Self.connections {
                group.addTask {
                    for number in stride(from: connection, to: batches.count, by: Self.connections) {
                        try await vectors.upsert(batches[number], onlyIfGenerationAtMost: 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        let (seconds, attoseconds) = started.duration(to: .now).components
        return (Double(seconds) + Double(attoseconds) * 1e-18, Measure.processorSeconds - before)
    }

    private static func points(dimensions: Int) -> [[VectorPoint]] {
        var samples = Samples()
        return (0..<Self.batches).map { _ in
            (0..<Self.batch).map { _ in
                let text = samples.text(words: 50)
                return VectorPoint(
                    id: UUID(),
                    entity: UUID(),
                    dense: samples.vector(dimensions: dimensions),
                    lexical: SparseVector(
                        indices: (0..<40).map { UInt32($0 * 7_919) },
                        values: (0..<40).map { 1 + Float($0) / 64 }
                    ),
                    payload: ["text": .string(text), "title": .string(String(text.prefix(60))), "table": .string("work_items")]
                )
            }
        }
    }
}
