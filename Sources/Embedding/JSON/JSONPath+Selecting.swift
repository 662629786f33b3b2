import FloatJSON

extension JSONPath {
    /// A path as a provider file writes it; a leading `$` or `$.` for the document itself is allowed.
    init?(inProviderFile text: String) {
        var rest = Substring(text)
        if rest.first == "$" {
            rest = rest.dropFirst()
            if rest.first == "." { rest = rest.dropFirst() }
        } else if rest.isEmpty {
            return nil
        }
        do {
            try self.init(parsing: String(rest))
        } catch {
            return nil
        }
    }

    /// Whether it reaches several values.
    var selectsMany: Bool { self.steps.contains(.every) }

    /// All values that the path reaches, in order.
    func select(in node: JSONNode) -> [JSONNode] {
        var nodes = [node]
        for step in self.steps {
            switch step {
            case .key(let key): nodes = nodes.compactMap { $0[key] }
            case .index(let index):
                nodes = nodes.compactMap { node in
                    guard let elements = node.elements, elements.indices.contains(index) else { return nil }
                    return elements[index]
                }
            case .every: nodes = nodes.flatMap { $0.elements ?? [] }
            }
        }
        return nodes
    }
}
