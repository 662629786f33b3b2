import FloatJSON

/// Reads the members of one object of a provider file; every key that was never asked for is unknown.
final class ObjectReader {
    let node: JSONNode
    let path: String
    let collector: DiagnosticCollector
    private var asked: [String] = []

    /// Nil, with a report, where `node` is no object.
    init?(_ node: JSONNode, path: String, collector: DiagnosticCollector) {
        guard node.members != nil else {
            collector.report("is \(node.typeName)", at: node, path: path, remedy: "an object is expected")
            return nil
        }
        self.node = node
        self.path = path
        self.collector = collector
    }

    func path(of key: String) -> String { self.path.isEmpty ? key : "\(self.path).\(key)" }

    func report(_ problem: String, key: String? = nil, remedy: String? = nil) {
        let place = key.flatMap { self.node[$0] } ?? self.node
        self.collector.report(problem, at: place, path: key.map(self.path(of:)) ?? self.path, remedy: remedy)
    }

    /// The member, nil where it is absent; absence is reported where it is required.
    ///
    /// - Parameter expected: what would be right.
    func member(_ key: String, required: Bool = false, expected: String? = nil) -> JSONNode? {
        if !self.asked.contains(key) { self.asked.append(key) }
        if let node = self.node[key] { return node }
        if required { self.collector.report("is missing", at: self.node, path: self.path(of: key), remedy: expected) }
        return nil
    }

    func has(_ key: String) -> Bool { self.node[key] != nil }

    func string(
        _ key: String,
        required: Bool = false,
        allowsEmpty: Bool = false,
        expected: String = "a string is expected"
    ) -> String? {
        guard let node = self.member(key, required: required, expected: expected) else { return nil }
        guard let string = node.string else {
            self.report("is \(node.typeName)", key: key, remedy: expected)
            return nil
        }
        if string.isEmpty, !allowsEmpty {
            self.report("is empty", key: key, remedy: "leave it out or fill it in")
            return nil
        }
        return string
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, default fallback: Choice?) -> Choice? {
        let allowed = Self.oneOf(Choice.allCases.map(\.rawValue))
        guard let text = self.string(key, required: fallback == nil, expected: allowed) else { return fallback }
        if let choice = Choice(rawValue: text) { return choice }
        self.report("\"\(text)\" is not known", key: key, remedy: allowed)
        return nil
    }

    func reportUnknown(_ text: String, key: String, allowed: [String]) {
        self.report("\"\(text)\" is not known", key: key, remedy: Self.oneOf(allowed))
    }

    static func oneOf(_ allowed: [String]) -> String { "one of \(allowed.joined(separator: ", "))" }

    func flag(_ key: String) -> Bool {
        guard let node = self.member(key) else { return false }
        if case .bool(let flag) = node.value { return flag }
        self.report("is \(node.typeName)", key: key, remedy: "true or false is expected")
        return false
    }

    func number(_ key: String, required: Bool = false, in range: ClosedRange<Double>) -> Double? {
        let expected = "a number from \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound)) is expected"
        guard let node = self.member(key, required: required, expected: expected) else { return nil }
        guard let number = node.double, range.contains(number) else {
            self.report(node.double == nil ? "is \(node.typeName)" : "is out of range", key: key, remedy: expected)
            return nil
        }
        return number
    }

    func integer(_ key: String, required: Bool = false, in range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound) is expected"
        guard let node = self.member(key, required: required, expected: expected) else { return nil }
        guard case .number(let text) = node.value, let number = Int(text), range.contains(number) else {
            self.report(node.double == nil ? "is \(node.typeName)" : "is not a whole number in range", key: key, remedy: expected)
            return nil
        }
        return number
    }

    /// Whole numbers, each once; none where the member is absent.
    func integers(_ key: String, in range: ClosedRange<Int>) -> [Int] {
        guard let node = self.member(key) else { return [] }
        let numbers = (node.elements ?? []).compactMap { element -> Int? in
            guard case .number(let text) = element.value, let number = Int(text), range.contains(number) else { return nil }
            return number
        }
        if numbers.isEmpty || numbers.count != node.elements?.count || Set(numbers).count != numbers.count {
            self.report(
                "is no list of different whole numbers in range",
                key: key,
                remedy: "an array of whole numbers from \(range.lowerBound) to \(range.upperBound) is expected"
            )
        }
        return numbers
    }

    func object(_ key: String, required: Bool = false, expected: String = "an object is expected") -> ObjectReader? {
        guard let node = self.member(key, required: required, expected: expected) else { return nil }
        return ObjectReader(node, path: self.path(of: key), collector: self.collector)
    }

    /// Every element as a reader; elements that are no objects are reported.
    func objects(_ key: String) -> [ObjectReader] {
        guard let node = self.member(key) else { return [] }
        guard let elements = node.elements else {
            self.report("is \(node.typeName)", key: key, remedy: "an array of objects is expected")
            return []
        }
        return elements.enumerated().compactMap { offset, element in
            ObjectReader(element, path: "\(self.path(of: key))[\(offset)]", collector: self.collector)
        }
    }

    private static let pathForm = "write it like data[*].embedding, items[0].vector or $[*]"

    func jsonPath(_ key: String, required: Bool = false) -> JSONPath? {
        let expected = "a path is expected: \(Self.pathForm)"
        guard let text = self.string(key, required: required, expected: expected) else { return nil }
        return self.jsonPath(text, key: key)
    }

    /// One path or an array of paths.
    func jsonPaths(_ key: String) -> [JSONPath]? {
        guard let node = self.member(key) else { return nil }
        if let text = node.string { return self.jsonPath(text, key: key).map { [$0] } }
        guard let elements = node.elements, elements.allSatisfy({ $0.string != nil }) else {
            self.report("is \(node.typeName)", key: key, remedy: "a path or an array of paths is expected")
            return nil
        }
        return elements.compactMap { $0.string.flatMap { self.jsonPath($0, key: key) } }
    }

    private func jsonPath(_ text: String, key: String) -> JSONPath? {
        if let path = JSONPath(inProviderFile: text) { return path }
        self.report("\"\(text)\" is not a path", key: key, remedy: Self.pathForm)
        return nil
    }

    /// A reference to a secret. What stands there is never repeated in the report: it may be the secret itself.
    func secret(_ key: String, required: Bool = true, origin: ProviderDefinition.Origin) -> SecretReference? {
        let expected = "write env:NAME or vault:ID and keep the secret out of the file"
        guard let node = self.member(key, required: required, expected: expected) else { return nil }
        guard let text = node.string, let reference = SecretReference(text) else {
            self.report("holds a literal secret or a malformed reference", key: key, remedy: expected)
            return nil
        }
        return self.permitted(reference, key: key, origin: origin)
    }

    func permitted(_ reference: SecretReference, key: String, origin: ProviderDefinition.Origin) -> SecretReference? {
        if case .environment = reference, origin == .tenant {
            self.report("a tenant's provider cannot use environment variables", key: key, remedy: "write vault:ID")
            return nil
        }
        return reference
    }

    /// A text, number or truth value, a reference, or `{"from": "env:NAME", "default": "…"}`.
    func variable(_ key: String, required: Bool = true, origin: ProviderDefinition.Origin) -> ProviderVariable? {
        guard let node = self.member(key, required: required, expected: "write a text, env:NAME or vault:ID") else { return nil }
        if let text = node.scalarText {
            guard SecretReference.isMeant(by: text) else {
                return ProviderVariable(reference: nil, text: text, literal: node.string == nil ? node.value : nil)
            }
            guard let reference = SecretReference(text) else {
                self.report("\"\(text)\" is not a reference", key: key, remedy: "write env:NAME or vault:ID")
                return nil
            }
            return self.permitted(reference, key: key, origin: origin).map { ProviderVariable(reference: $0, text: nil) }
        }
        guard let reader = self.object(key) else { return nil }
        let from = reader.secret("from", origin: origin)
        let fallback = reader.string("default", allowsEmpty: true)
        reader.finish()
        return from.map { ProviderVariable(reference: $0, text: fallback) }
    }

    /// Keys of an object whose keys are free, in order.
    func keys() -> [String] { self.node.members?.map(\.key) ?? [] }

    /// For an object of which it is not known what belongs into it.
    func ignoreOtherKeys() { self.asked += self.keys() }

    /// Reports keys that were never asked for, and keys that are given more than once.
    func finish() {
        var seen: Set<String> = []
        for member in self.node.members ?? [] {
            let path = self.path(of: member.key)
            if !seen.insert(member.key).inserted {
                self.collector.report("is given more than once", line: member.line, column: member.column, path: path)
            } else if !self.asked.contains(member.key) {
                let remedy =
                    NearestName.of(member.key, among: self.asked).map { "did you mean \"\($0)\"?" }
                    ?? "known here: \(self.asked.joined(separator: ", "))"
                self.collector.report(
                    "unknown key",
                    line: member.line,
                    column: member.column,
                    path: path,
                    remedy: remedy
                )
            }
        }
    }

    private static func short(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }
}
