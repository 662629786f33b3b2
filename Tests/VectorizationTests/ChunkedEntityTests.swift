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

    @Test("A point is described by the payload of its chunk, and by no more and no less")
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

    @Test("A commit message that is one long line is in its chunks once, and not in the payload of each")
    func oneLongLine() {
        let commit = Commit(
            repositoryID: "42",
            number: 57,
            repository: "acme/api",
            sha: "0123456789abcdef",
            message: String(repeating: "retry ", count: 10_000)
        )
        let context = PullRequestContext(reference: nil, title: nil, repository: nil, url: nil)
        let chunked = self.chunked(commit.document(in: context), table: .commits, limit: 1_000)
        #expect(chunked.texts.count > 20)
        let titles = chunked.texts.indices.reduce(0) { sum, number in
            sum + (chunked.payload(number: number)[PayloadKey.title]?.stringValue?.utf8.count ?? 0)
        }
        #expect(titles <= chunked.texts.count * 600)
        #expect(chunked.texts.reduce(0) { $0 + $1.utf8.count } < 2 * commit.message.utf8.count)
    }
}
