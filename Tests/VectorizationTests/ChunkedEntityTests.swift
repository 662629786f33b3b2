import Embedding
import Foundation
import PulseModel
import Qdrant
import Testing

@testable import Store
@testable import Vectorization

@Suite("Entities cut into chunks")
struct ChunkedEntityTests {
    private func chunked(_ document: EntityDocument, table: EntityTable, limit: Int = 256) -> ChunkedEntity {
        ChunkedEntity(
            row: EntityRow(
                entity: UUID(),
                integration: UUID(),
                table: table,
                externalID: "1",
                document: document,
                documentVersion: 1
            ),
            chunker: Chunker(limit: limit, overlap: limit / 10, counter: EstimatedTokenCounter())
        )
    }

    @Test("A point is described by the payload of its chunk, and by no more and no less (§14.3)")
    func described() {
        let chunked = self.chunked(
            EntityDocument(title: "PAY-1 Retry", parts: [.init("Summary", "Retry")], facets: Facets(project: "PAY")),
            table: .workItems
        )
        let payload = chunked.payload(number: 0)
        #expect(chunked.isDescribed(by: payload, number: 0))
        #expect(chunked.isDescribed(by: payload.merging(["entity": .string("e")]) { $1 }, number: 0))
        for (key, value) in [(PayloadKey.project, nil), (PayloadKey.project, "OPS"), (PayloadKey.author, "Ann")] {
            var other = payload
            other[key] = value.map { .string($0) }
            #expect(!chunked.isDescribed(by: other, number: 0), "\(key) \(value ?? "missing")")
        }
    }
}
