import Embedding

/// Which providers have come, or have changed, since the files were looked at before.
struct ProviderNews {
    private var known: [String: ProviderDefinition] = [:]

    /// - Returns: ids of those that may work now and did not before, and of those for which such a one may stand in. Everything is
    ///   news at the first look: what was missing before the process began, as a secret, may be there now.
    mutating func take(_ definitions: [ProviderDefinition]) -> Set<String> {
        let before = self.known
        self.known = Dictionary(definitions.map { ($0.id, $0) }) { first, _ in first }
        let changed = Set(definitions.filter { before[$0.id] != $0 }.map(\.id))
        let relieved = definitions.filter { !changed.isDisjoint(with: $0.fallback) }.map(\.id)
        return changed.union(relieved)
    }
}
