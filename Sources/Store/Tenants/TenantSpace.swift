/// A tenant's vector space: whose vectors, in which collection.
public struct TenantSpace: Sendable, Equatable {
    public var space: String
    /// The provider's id.
    public var provider: String
    public var collection: String

    public init(space: String, provider: String, collection: String) {
        self.space = space
        self.provider = provider
        self.collection = collection
    }
}
