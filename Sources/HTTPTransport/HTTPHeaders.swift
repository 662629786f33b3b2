/// Header fields in order; names compare without regard to case.
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral, Sequence {
    private var fields: [(name: String, value: String)] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        self.fields = elements.map { (name: $0.0, value: $0.1) }
    }

    public init(_ fields: some Sequence<(String, String)>) {
        self.fields = fields.map { (name: $0.0, value: $0.1) }
    }

    /// The first field of that name; setting replaces all of that name.
    public subscript(name: String) -> String? {
        get { self.fields.first { Self.same($0.name, name) }?.value }
        set {
            self.fields.removeAll { Self.same($0.name, name) }
            if let newValue { self.fields.append((name: name, value: newValue)) }
        }
    }

    public func makeIterator() -> IndexingIterator<[(name: String, value: String)]> { self.fields.makeIterator() }

    private static func same(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && a.lowercased() == b.lowercased()
    }
}
