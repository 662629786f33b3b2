/// A document as the wiki markup that an older Jira would hold.
enum WikiMarkup {
    static func text(of node: JSONValue) -> String {
        let children = node["content"]?.arrayValue ?? []
        func inner(_ separator: String = "") -> String { children.map(Self.text).joined(separator: separator) }
        switch node["type"]?.stringValue {
        case "doc": return inner("\n\n")
        case "heading": return "h2. " + inner()
        case "codeBlock": return "{code}\n" + children.compactMap { $0["text"]?.stringValue }.joined() + "\n{code}"
        case "bulletList": return children.map { "* " + Self.text(of: $0) }.joined(separator: "\n")
        case "orderedList": return children.map { "# " + Self.text(of: $0) }.joined(separator: "\n")
        case "mention": return "[~\(node["attrs"]?["id"]?.stringValue ?? "somebody")]"
        case "hardBreak": return "\\\\"
        case "text": return Self.escaped(node["text"]?.stringValue ?? "")
        default: return inner()
        }
    }

    /// What would be taken for a mark is kept from it.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "*_{}[]!|".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}
