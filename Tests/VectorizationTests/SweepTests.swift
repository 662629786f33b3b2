import Embedding
import Foundation
import HTTPTransport
import Logging
import PulseModel
import Qdrant
import Store
import Synchronization
import Testing

@testable import Vectorization

/// What is gone is complete only where its points are, whatever became of the others.
@Suite("The deletions of a pass")
struct SweepTests {
    private let p = UUID()
    private let q = UUID()
    private let gone = UUID()

    /// - Returns: the outcome of a sweep, and the bodies of the deletions that Qdrant applied.
    private func sweep(
        present: [UUID],
        refusing: [UUID],
        status: Int = 429
    ) async throws -> (outcomes: [UUID: VectorizationPass.WriteOutcome], deleted: String) {
        let applied = Mutex("")
        let qdrant = QdrantClient(
            QdrantConfiguration(url: "http://qdrant.test:6333"),
            transport: ScriptedTransport { request in
                let body = String(decoding: request.body ?? [], as: UTF8.self)
                guard !refusing.contains(where: { body.contains($0.uuidString.lowercased()) }) else {
                    return HTTPResponse(status: status, body: Array("{}".utf8))
                }
                applied.withLock { $0 += body }
                return HTTPResponse(status: 200, body: Array(#"{"result":{"operation_id":1,"status":"completed"}}"#.utf8))
            }
        )
        // Nothing of a sweep asks the database.
        let store = try Store(url: "postgresql://nobody@127.0.0.1:1/none")
        let space = TenantSpace(space: "mini", provider: "double", collection: "c")
        let indexes = TenantIndexes(
            store: store,
            qdrant: qdrant,
            providers: SingleProvider(ScriptedProvider()),
            defaultProvider: "double"
        )
        let driver = PassDriver(
            store: store,
            indexes: indexes,
            policy: QueuePolicy(),
            lease: Lease(owner: UUID(), duration: .seconds(60), askedAt: .now) { true },
            logger: Logger(label: "test")
        )
        let work = PassDriver.Work(scope: indexes.scope(of: UUID(), space: space))
        let outcomes = await driver.sweep(present: present, absent: [self.gone], work: work, fence: 7)
        await store.close()
        return (outcomes, applied.withLock { $0 })
    }

    @Test("What is gone is deleted although Qdrant refuses an entity that is there", arguments: [429, 400, 503])
    func refusedNeighbour(status: Int) async throws {
        for present in [[self.p], [self.p, self.q]] {
            let (outcomes, deleted) = try await self.sweep(present: present, refusing: [self.p], status: status)
            #expect(outcomes[self.gone] == .applied && deleted.contains(self.gone.uuidString.lowercased()))
            #expect(outcomes[self.p] != .applied && outcomes.count == present.count + 1)
            if let other = outcomes[self.q] {
                #expect((other == .applied) == deleted.contains(self.q.uuidString.lowercased()))
            }
        }
    }

    @Test("What is gone and refused is not complete, whatever became of the others")
    func refusedDeletion() async throws {
        let (outcomes, deleted) = try await self.sweep(present: [self.p, self.q], refusing: [self.gone])
        #expect(outcomes[self.gone] != .applied && !deleted.contains(self.gone.uuidString.lowercased()))
        #expect(outcomes[self.p] == .applied && outcomes[self.q] == .applied)
    }
}
