import Embedding
import Qdrant
import Store

/// Where one tenant's points stand.
struct TenantScope: Sendable {
    var space: TenantSpace
    var vectors: TenantVectors
}

/// A tenant's points with what makes new ones.
struct TenantIndex: Sendable {
    var scope: TenantScope
    var provider: any EmbeddingProvider
    var chunker: Chunker

    var space: TenantSpace { self.scope.space }
    var vectors: TenantVectors { self.scope.vectors }
}
