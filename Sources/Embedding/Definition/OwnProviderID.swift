/// What a tenant's own provider is called beside all others: `<tenant>/<id>`. No id of a file holds a slash.
public struct OwnProviderID: Sendable, Hashable, CustomStringConvertible {
    /// Whose it is.
    public var owner: String
    /// As its definition says.
    public var id: String

    public init(owner: String, id: String) {
        self.owner = owner
        self.id = id
    }

    /// - Returns: nil for the id of a provider of the installation.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        (self.owner, self.id) = (String(parts[0]), String(parts[1]))
    }

    public var description: String { "\(self.owner)/\(self.id)" }
}

extension ProviderDefinition {
    /// The same as a tenant's own: id and space are this tenant's alone, whatever others call theirs.
    ///
    /// That a tenant's provider makes the vectors that its definition claims is nobody's to believe but the tenant's.
    public func owned(by owner: String) -> ProviderDefinition {
        var definition = self
        definition.id = OwnProviderID(owner: owner, id: self.id).description
        definition.space.name = "\(owner)/\(self.space.name)"
        definition.fallback = []
        return definition
    }
}
