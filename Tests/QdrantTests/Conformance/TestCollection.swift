import AsyncHTTPClient
import AsyncHTTPTransport
import Foundation
import Qdrant

/// A collection of its own for each test, on the server that PULSE_TEST_QDRANT_URL names: Scripts/qdrant-edge, or a real one.
struct TestCollection {
    let client: QdrantClient
    let name: String

    static let url = ProcessInfo.processInfo.environment["PULSE_TEST_QDRANT_URL"]

    /// Tries a refused connection once: the client's default repeats it until the request's time-out.
    static let transport: AsyncHTTPTransport = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return AsyncHTTPTransport(client: HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration))
    }()

    static func connect(maximumRequestBytes: Int = 8 << 20) -> QdrantClient {
        let configuration = QdrantConfiguration(
            url: Self.url ?? "",
            apiKey: ProcessInfo.processInfo.environment["PULSE_TEST_QDRANT_API_KEY"],
            timeout: .seconds(60),
            maximumRequestBytes: maximumRequestBytes,
            remedy: "Scripts/test starts it"
        )
        return QdrantClient(configuration, transport: Self.transport)
    }

    /// Makes the collection, runs `body`, and deletes the collection whatever happened.
    static func with(
        dimensions: Int = 4,
        maximumRequestBytes: Int = 8 << 20,
        _ body: (TestCollection) async throws -> Void
    ) async throws {
        let client = Self.connect(maximumRequestBytes: maximumRequestBytes)
        let collection = TestCollection(client: client, name: "test-\(UUID())")
        try await client.ensureCollection(CollectionLayout(name: collection.name, dimensions: dimensions))
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(collection)) } catch { outcome = .failure(error) }
        try await client.deleteCollection(collection.name)
        try outcome.get()
    }

    func vectors(_ tenant: UUID, space: String = "space") -> TenantVectors {
        self.client.vectors(tenant: tenant, collection: self.name, space: space)
    }
}

extension VectorPoint {
    /// A point with a vector that leans towards axis `axis` of four.
    init(
        _ id: UUID = UUID(),
        entity: UUID = UUID(),
        axis: Int = 0,
        words: [UInt32] = [1],
        payload: [String: QdrantValue] = [:]
    ) {
        self.init(
            id: id,
            entity: entity,
            dense: (0..<4).map { $0 == axis ? 1 : 0.1 },
            lexical: SparseVector(indices: words, values: words.map { _ in 1 }),
            payload: payload
        )
    }
}
