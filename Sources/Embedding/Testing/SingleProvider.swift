/// Knows one provider only: the double for tests.
public struct SingleProvider: ProviderResolving {
    private let only: any EmbeddingProvider

    public init(_ only: any EmbeddingProvider) {
        self.only = only
    }

    public func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        guard id == self.only.id else {
            throw EmbeddingError(
                .configuration,
                provider: id,
                message: "there is no provider \(id); there is \(self.only.id)"
            )
        }
        return self.only
    }
}
