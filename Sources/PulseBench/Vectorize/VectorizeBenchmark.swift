import Foundation
import Qdrant
import TestSupport

/// The whole stage, from the queue to the ledger, against a provider of 20 ms and the real engine, beside the same bodies sent raw.
struct VectorizeBenchmark {
    /// Enough for its beginning, the first claims and texts before anything is written, to be a small part of a run.
    static let usualRows = 30_000
    private static let latency = 20
    private static let connections = 2
    private static let rounds = 3
    /// More are worked off once, to see what memory they take; their bodies would fill a disk.
    private static let manyRows = 100_000
    /// What memory is compared with.
    private static let fewRows = 10_000

    /// Rows of one run.
    var rows: Int

    func run() async throws -> [Figure] {
        try await BenchQdrant.with { qdrant in
            if self.rows > Self.manyRows {
                return try await self.withProvider(dimensions: 384) { folder, port in
                    try await self.longRun(dimensions: 384, qdrant, folder, port)
                }
            }
            var figures: [Figure] = []
            for dimensions in [384, 1536] {
                figures += try await self.withProvider(dimensions: dimensions) { folder, port in
                    try await self.stage(dimensions: dimensions, qdrant, folder, port)
                }
            }
            return figures
        }
    }

    private func withProvider(
        dimensions: Int,
        _ body: (_ folder: URL, _ port: Int) async throws -> [Figure]
    ) async throws -> [Figure] {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("pulse-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let provider = try Child(["provider", "--dimensions", "\(dimensions)", "--latency", "\(Self.latency)"])
        defer { provider.stop() }
        guard let port = Int(try provider.firstLine()) else { throw BenchError("the provider gives no port") }
        return try await body(folder, port)
    }

    private func longRun(dimensions: Int, _ qdrant: BenchQdrant, _ folder: URL, _ port: Int) async throws -> [Figure] {
        try await TestDatabase.with { database in
            let outcome = try await self.work(1, recording: nil, database, folder, port, dimensions, qdrant)
            let early = outcome.memory.prefix { $0.rows <= Self.fewRows }.map(\.kilobytes).max() ?? 0
            let most = outcome.memory.map(\.kilobytes).max() ?? 0
            return [
                Figure("the stage, \(dimensions)", Double(outcome.rows) / outcome.seconds, "rows/s", runs: 1),
                Figure("its own CPU, \(dimensions)", outcome.processorSeconds / Double(outcome.rows) * 1e6, "µs/row", runs: 1),
                Figure(
                    "anonymous memory at most, \(dimensions), \(Figure.text(Double(self.rows))) rows",
                    Double(most) / 1e3,
                    "MB",
                    limit: ("of the first \(Figure.text(Double(Self.fewRows))) rows", Double(early) / 1e3),
                    target: .atMost(200),
                    runs: 1
                ),
            ]
        }
    }

    private func stage(dimensions: Int, _ qdrant: BenchQdrant, _ folder: URL, _ port: Int) async throws -> [Figure] {
        try await TestDatabase.with { database in
            let record = folder.appendingPathComponent("bodies").path
            _ = try await self.work(0, recording: record, database, folder, port, dimensions, qdrant)
            let bodies = try Recording.bodies(in: record)
            var own: [Double] = []
            var raw: [Double] = []
            var processor: [Double] = []
            var memory: [Worker.Outcome.Sample] = []
            for round in 1...Self.rounds {
                let outcome = try await self.work(round, recording: nil, database, folder, port, dimensions, qdrant)
                own.append(Double(outcome.rows) / outcome.seconds)
                processor.append(outcome.processorSeconds / Double(outcome.rows) * 1e6)
                memory = outcome.memory
                try await qdrant.withCollection(dimensions: dimensions) { collection in
                    let upload = RawUpload(port: qdrant.port, collection: collection, connections: Self.connections)
                    raw.append(Double(self.rows) / (try upload.seconds(bodies)))
                }
            }
            let peak = memory.map(\.kilobytes).max() ?? 0
            let early = memory.first { $0.rows >= self.rows / 5 }?.kilobytes ?? 0
            return [
                Figure(
                    "the stage, \(dimensions)",
                    Measure.median(own),
                    "rows/s",
                    limit: ("raw upload, \(Self.connections) connections", Measure.median(raw)),
                    target: .ratioAtLeast(0.85),
                    runs: Self.rounds
                ),
                Figure(
                    "its own CPU, \(dimensions)",
                    Measure.median(processor),
                    "µs/row",
                    target: dimensions == 384 ? .atMost(150) : nil,
                    runs: Self.rounds
                ),
                Figure(
                    "anonymous memory at most, \(dimensions)",
                    Double(peak) / 1e3,
                    "MB",
                    limit: ("after a fifth of \(Figure.text(Double(self.rows))) rows", Double(early) / 1e3),
                    target: .atMost(200),
                    runs: 1
                ),
            ]
        }
    }

    /// Works a fresh tenant's rows off, in a process and a collection of its own.
    private func work(
        _ round: Int,
        recording: String?,
        _ database: TestDatabase,
        _ folder: URL,
        _ port: Int,
        _ dimensions: Int,
        _ qdrant: BenchQdrant
    ) async throws -> Worker.Outcome {
        let tenant = try await database.tenant("bench\(round)")
        try await database.fillWorkItems(self.rows, of: tenant)
        try await database.enqueueWorkItems(of: tenant)
        try await database.settleQueue()
        let id = "bench-\(UUID().uuidString.lowercased())"
        let file = folder.appendingPathComponent("\(id).json")
        try Data(Provider.file(id: id, port: port, dimensions: dimensions).utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var arguments = [
            "worker", "--database", database.url, "--qdrant", qdrant.url, "--providers", folder.path, "--provider", id,
            "--tenant",
            tenant.id.uuidString,
        ]
        if let recording { arguments += ["--record", recording] }
        let outcome = try JSONDecoder().decode(Worker.Outcome.self, from: try Child(arguments).finish())
        for collection in try await qdrant.client.collections() where collection.contains(id) {
            try await qdrant.client.deleteCollection(collection)
        }
        guard outcome.rows == self.rows else { throw BenchError("\(outcome.rows) rows were indexed, not \(self.rows)") }
        return outcome
    }
}
