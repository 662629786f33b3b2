import Embedding
import Foundation
import PulseModel
import Qdrant
import Store

/// An entity cut into what the provider takes, each piece with its digest.
struct ChunkedEntity: Sendable {
    var row: EntityRow
    var texts: [String]
    var hashes: [ContentHash]

    init(row: EntityRow, chunker: Chunker) {
        self.row = row
        self.texts = chunker.chunks(heading: row.document.title, body: row.document.body)
        self.hashes = self.texts.map(ContentHash.init(of:))
    }

    /// The points of the entity, once each chunk has its vector.
    ///
    /// - Parameter vectors: by digest of the chunk's text.
    func points(vectors: [ContentHash: [Float]]) -> [VectorPoint] {
        zip(self.texts, self.hashes).enumerated().compactMap { number, chunk in
            guard let dense = vectors[chunk.1] else { return nil }
            let lexical = LexicalVector.document(chunk.0)
            return VectorPoint(
                id: EntityKey.pointID(entity: self.row.entity, chunk: number),
                entity: self.row.entity,
                dense: dense,
                lexical: SparseVector(indices: lexical.indices, values: lexical.values),
                payload: self.payload(number: number).merging([PayloadKey.text: .string(chunk.0)]) { $1 }
            )
        }
    }

    /// Whether a point's payload is what is kept of the chunk: no more of it, and no less.
    func isDescribed(by standing: [String: QdrantValue], number: Int) -> Bool {
        let payload = self.payload(number: number)
        return PayloadKey.described.allSatisfy { standing[$0] == payload[$0] }
    }

    /// What is kept of a chunk beside its vectors and its text.
    func payload(number: Int) -> [String: QdrantValue] {
        let document = self.row.document
        var payload: [String: QdrantValue] = [
            PayloadKey.table: .string(self.row.table.rawValue),
            PayloadKey.source: .string(self.row.table.source.rawValue),
            PayloadKey.externalID: .string(self.row.externalID),
            PayloadKey.title: .string(document.title),
            PayloadKey.chunk: .integer(Int64(number)),
            PayloadKey.chunks: .integer(Int64(self.texts.count)),
            PayloadKey.contentHash: .string(self.hashes[number].description),
        ]
        payload[PayloadKey.url] = document.url.map { .string($0) }
        payload[PayloadKey.project] = document.facets.project.map { .string($0) }
        payload[PayloadKey.repository] = document.facets.repository.map { .string($0.lowercased()) }
        payload[PayloadKey.author] = document.facets.author.map { .string($0) }
        payload[PayloadKey.status] = document.facets.status.map { .string($0) }
        payload[PayloadKey.updatedAt] = document.facets.updatedAt.map { .date($0) }
        return payload
    }
}
