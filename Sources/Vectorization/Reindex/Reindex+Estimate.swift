import Embedding
public import Foundation
import PulseModel
import Qdrant
import Store

extension Reindex {
    /// Entities of each table that the estimate looks at.
    private static let sample = 40

    /// Reckons what ``run(tenant:provider:allowedFailures:progress:)`` would take. Nothing is written; the provider is asked for the
    /// vectors of a few texts.
    ///
    /// - Parameter price: US dollars for a million tokens.
    public func estimate(tenant: UUID, provider id: String, price: Double?) async throws -> ReindexEstimate? {
        guard let live = try await self.store.liveSpace(tenant: tenant) else { return nil }
        let provider = try await self.providers.provider(id)
        let chunker = TenantIndexes.chunker(of: provider)
        var (entities, sampled) = (0, 0)
        var (chunks, tokens) = (0.0, 0.0)
        var texts: [String] = []
        for counts in try await self.store.tableCounts(tenant: tenant, space: live.space) where counts.ledgerEntities > 0 {
            // Entity ids are digests, so those after a random one are as good as drawn by lot.
            var page = try await self.store.ledgerPage(
                tenant: tenant,
                space: live.space,
                table: counts.table,
                after: UUID(),
                limit: Self.sample
            )
            if page.count < Self.sample {
                page += try await self.store.ledgerPage(
                    tenant: tenant,
                    space: live.space,
                    table: counts.table,
                    after: nil,
                    limit: Self.sample - page.count
                )
            }
            let rows = try await self.store.documents(
                tenant: tenant,
                table: counts.table,
                entities: Array(Set(page.map(\.entity)))
            )
            entities += counts.ledgerEntities
            guard !rows.isEmpty else { continue }
            sampled += rows.count
            let pieces = rows.flatMap { ChunkedEntity(row: $0, chunker: chunker).texts }
            let share = Double(counts.ledgerEntities) / Double(rows.count)
            chunks += Double(pieces.count) * share
            tokens += Double(pieces.reduce(0) { $0 + provider.tokenCounter.count($1) }) * share
            texts += pieces.prefix(4)
        }
        let probe = Array(Set(texts).sorted().prefix(32))
        // The first answer pays for a connection, or for reading a model.
        if let first = probe.first { _ = try await provider.embed([first], as: .document) }
        let started = ContinuousClock.now
        if !probe.isEmpty { _ = try await SplittingEmbedder(provider: provider).embed(probe, as: .document) }
        let elapsed = max(0.001, (ContinuousClock.now - started).inSeconds)
        // By tokens: the sample's texts need not be as long as all are.
        let probed = probe.reduce(0) { $0 + provider.tokenCounter.count($1) }
        let seconds = probed > 0 ? tokens * elapsed / Double(probed) : 0
        return ReindexEstimate(
            entities: entities,
            sampled: sampled,
            chunks: Int(chunks.rounded()),
            tokens: Int(tokens.rounded()),
            dollars: price.map { $0 * tokens / 1_000_000 },
            seconds: seconds,
            rate: seconds > 0 ? chunks / seconds : 0,
            dimensions: provider.space.dimensions
        )
    }

    /// Whether a provider of the same name of space makes the same vectors: asked for texts whose vectors stand in the index.
    ///
    /// - Throws: ``ReindexError/notTheSameSpace(provider:cosine:)``.
    func compare(_ provider: any EmbeddingProvider, with live: TenantSpace, tenant: UUID) async throws {
        // The one that is left may be in no file any more: only its vectors are needed.
        let vectors = self.indexes.scope(of: tenant, space: live).vectors
        let page = try await vectors.ifThere { try await $0.scroll(from: nil, limit: 64, payload: .only([PayloadKey.text])) }
        guard let page, !page.points.isEmpty else { return }
        // What the other one took whole may be too long for this one: such a text says nothing of the vectors.
        let texts = page.points.compactMap { point in point.payload[PayloadKey.text]?.stringValue.map { (point.id, $0) } }
            .filter { provider.tokenCounter.count($0.1) <= provider.limits.tokensPerItem }.prefix(8)
        guard !texts.isEmpty else {
            return try await self.compare(provider, with: try await self.providers.provider(live.provider))
        }
        let stored = try await vectors.retrieveDense(ids: texts.map(\.0))
        let made = try await Self.vectors(of: texts.map(\.1), by: provider)
        try Self.requireLike(zip(texts, made).compactMap { text, vector in stored[text.0].map { (vector, $0) } }, by: provider)
    }

    /// Where no text of the index is short enough for one of the two, both are asked for one that is.
    private func compare(_ provider: any EmbeddingProvider, with other: any EmbeddingProvider) async throws {
        let texts = ["Customers were charged twice after a time-out.", "Rename the folder, then run it again."]
        let (own, others) = (try await Self.vectors(of: texts, by: provider), try await Self.vectors(of: texts, by: other))
        try Self.requireLike(Array(zip(own, others)), by: provider)
    }

    /// Packed to the provider's limits.
    private static func vectors(of texts: [String], by provider: any EmbeddingProvider) async throws -> [[Float]] {
        try await SplittingEmbedder(provider: provider).embed(texts, as: .document).results.map { try $0.get() }
    }

    private static func requireLike(_ pairs: [([Float], [Float])], by provider: any EmbeddingProvider) throws {
        for (vector, other) in pairs {
            let cosine = Self.cosine(vector, other)
            guard cosine >= 0.999 else { throw ReindexError.notTheSameSpace(provider: provider.id, cosine: cosine) }
        }
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        guard a.count == b.count else { return 0 }
        var (dot, left, right) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            dot += Double(x) * Double(y)
            left += Double(x) * Double(x)
            right += Double(y) * Double(y)
        }
        return dot / max((left * right).squareRoot(), 1e-12)
    }
}
