import Embedding
import Qdrant
import Store

/// Where one tenant's vectors come from and go to.
struct TenantIndex: Sendable {
    var space: TenantSpace
    var provider: any EmbeddingProvider
    var vectors: TenantVectors
    var chunker: Chunker
}
