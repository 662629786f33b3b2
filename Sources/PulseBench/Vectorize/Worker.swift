import ArgumentParser
import AsyncHTTPClient
import AsyncHTTPTransport
import Embedding
import Foundation
import HTTPTransport
import Logging
import Qdrant
import Resilience
import Store
import Synchronization
import Vectorization

/// Works one tenant's queue off in a process of its own, as `pulse vectorize --drain` does, and says what that took.
struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Work a queue off and measure it.", shouldDisplay: false)

    /// What a run took.
    struct Outcome: Codable {
        var rows: Int
        var seconds: Double
        /// Of this process alone.
        var processorSeconds: Double
        /// Memory that no file backs, by rows done.
        var memory: [Sample]

        struct Sample: Codable {
            var rows: Int
            var kilobytes: Int
        }
    }

    @Option var database: String
    @Option var qdrant: String
    @Option(help: "A folder of provider files.") var providers: String
    @Option var provider: String
    @Option var tenant: String
    @Option(help: "Rows of one claim; else as the service sizes it.") var batch: Int?
    @Option(help: "Keep the bodies of upserts in this file.") var record: String?

    func run() async throws {
        guard let tenant = UUID(uuidString: self.tenant) else { throw BenchError("\(self.tenant) is no tenant's id") }
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let plain = AsyncHTTPTransport(client: client)
        let transport: any HTTPTransport = try self.record.map { try RecordingTransport(plain, file: $0) } ?? plain
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let store = try Store(url: self.database, maximumConnections: 12)
        let catalog = try ProviderCatalog(directory: self.providers)
        let indexes = TenantIndexes(
            store: store,
            qdrant: QdrantClient(QdrantConfiguration(url: self.qdrant), transport: transport),
            providers: CatalogProviders(
                catalog: catalog,
                transport: plain,
                environment: { _ in nil },
                limiter: {
                    SharedRateLimiter(account: $0, policy: $1, ledger: store, process: UUID().uuidString.lowercased())
                },
                probe: SpaceProbe(),
                onDevice: { definition throws(EmbeddingError) in
                    throw EmbeddingError(.configuration, provider: definition.id, message: "it is not part of this benchmark")
                }
            ),
            defaultProvider: self.provider
        )
        try await indexes.prepare(tenant: tenant)
        let memory = Mutex<[Outcome.Sample]>([])
        let reporter = RunReporter(store: store, logger: logger) { _, progress in
            memory.withLock { $0.append(.init(rows: progress.processed, kilobytes: Measure.anonymousKilobytes)) }
        }
        let worker = VectorizationWorker(store: store, indexes: indexes, reporter: reporter, batch: self.batch, logger: logger)
        let before = Measure.processorSeconds
        let report = try await worker.drain(tenant: tenant)
        let outcome = Outcome(
            rows: report.done,
            seconds: report.seconds,
            processorSeconds: Measure.processorSeconds - before,
            memory: memory.withLock { $0 }
        )
        guard report.failed == 0 else { throw BenchError("\(report.failed) rows failed: \(report.reasons)") }
        await store.close()
        try await client.shutdown()
        print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }
}
