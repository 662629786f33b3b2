import AsyncHTTPClient
import AsyncHTTPTransport
import Foundation
import Qdrant

/// The Qdrant of the benchmarks, with collections that are deleted again.
struct BenchQdrant {
    let url: String
    let port: Int
    let client: QdrantClient

    static func with<R>(_ body: (BenchQdrant) async throws -> R) async throws -> R {
        guard let url = ProcessInfo.processInfo.environment["PULSE_QDRANT_URL"], let port = URLComponents(string: url)?.port
        else {
            throw BenchError("PULSE_QDRANT_URL names no server; Scripts/bench starts one and sets it")
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let qdrant = QdrantClient(QdrantConfiguration(url: url), transport: AsyncHTTPTransport(client: client))
        let result: Result<R, any Error>
        do {
            result = .success(try await body(BenchQdrant(url: url, port: port, client: qdrant)))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }

    /// Gives `body` the name of an empty collection of Pulse's layout.
    func withCollection<R>(dimensions: Int, _ body: (String) async throws -> R) async throws -> R {
        let name = "bench_\(UUID().uuidString.lowercased())"
        try await self.client.ensureCollection(CollectionLayout(name: name, dimensions: dimensions))
        let result: Result<R, any Error>
        do { result = .success(try await body(name)) } catch { result = .failure(error) }
        try await self.client.deleteCollection(name)
        return try result.get()
    }
}
