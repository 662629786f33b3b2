/// Plain text of Jira's rich texts.
///
/// REST v3 answers the Atlassian Document Format, a tree of nodes; older APIs and Data Center answer wiki text, which passes
/// through. Every word a person reads comes out, blocks on lines of their own; unknown nodes give what their children hold.
enum ADFText {
    /// Deeper nodes are left out; Jira's editor allows far less.
    static let maximumDepth = 100

    /// - Parameter value: a document, a string, or null.
    /// - Returns: nil where there is no text.
    static func plain(_ value: JSONValue) -> String? {
        if let text = value.string { return Self.trimmed(text) }
        guard value.members != nil || value.array != nil else { return nil }
        var writer = Writer()
        writer.write(value, depth: 0)
        return Self.trimmed(writer.text)
    }

    private static func trimmed(_ text: String) -> String? {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }), let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return nil }
        return String(text[first...last])
    }

    private struct Writer {
        private(set) var text = ""
        private var indent = 0

        mutating func write(_ node: JSONValue, depth: Int) {
            guard depth < ADFText.maximumDepth else { return }
            if let nodes = node.array {
                for node in nodes { self.write(node, depth: depth + 1) }
                return
            }
            let attributes = node["attrs"]
            switch node["type"].string {
            case "text": self.text(node)
            case "hardBreak": self.text += "\n"
            case "mention": self.text += Self.mention(attributes)
            case "emoji": self.text += attributes["text"].text ?? attributes["shortName"].text ?? ""
            case "status", "placeholder": self.text += attributes["text"].string ?? ""
            case "date": self.text += Self.day(attributes["timestamp"]) ?? ""
            case "inlineCard": self.text += attributes["url"].text ?? attributes["data"]["url"].text ?? ""
            case "blockCard", "embedCard": self.line(attributes["url"].text ?? attributes["data"]["url"].text)
            case "media", "mediaInline": self.line(attributes["alt"].text)
            case "inlineExtension", "extension", "bodiedExtension":
                if let text = attributes["text"].text { self.text += text }
                self.block(node, depth: depth)
            case "expand", "nestedExpand":
                self.line(attributes["title"].text)
                self.block(node, depth: depth)
            case "bulletList", "orderedList", "taskList", "decisionList": self.list(node, depth: depth)
            case "table":
                self.endLine()
                self.children(of: node, depth: depth)
                self.endLine()
            case "tableRow": self.row(node, depth: depth)
            case "rule": self.endLine()
            case "doc", "mediaGroup", "mediaSingle", "layoutSection", "layoutColumn", nil:
                self.children(of: node, depth: depth)
            case "paragraph", "heading", "blockquote", "codeBlock", "panel", "caption": self.block(node, depth: depth)
            default: self.children(of: node, depth: depth)
            }
        }

        private mutating func children(of node: JSONValue, depth: Int) {
            for child in node["content"].array ?? [] { self.write(child, depth: depth + 1) }
        }

        private mutating func block(_ node: JSONValue, depth: Int) {
            self.endLine()
            self.children(of: node, depth: depth)
            self.endLine()
        }

        private mutating func line(_ text: String?) {
            guard let text else { return }
            self.endLine()
            self.text += text
            self.endLine()
        }

        private mutating func endLine() {
            if !self.text.isEmpty, !self.text.hasSuffix("\n") { self.text += "\n" }
        }

        private mutating func text(_ node: JSONValue) {
            let words = node["text"].string ?? ""
            self.text += words
            // A link says more than its words where they are not the address itself.
            let link = (node["marks"].array ?? []).first { $0["type"].string == "link" }
            if let address = link?["attrs"]["href"].text, !address.hasPrefix("#"), address != words,
                !words.contains(address)
            {
                self.text += " (\(address))"
            }
        }

        private mutating func list(_ node: JSONValue, depth: Int) {
            self.endLine()
            let isOrdered = node["type"].string == "orderedList"
            var number = node["attrs"]["order"].count ?? 1
            for item in node["content"].array ?? [] {
                if ["bulletList", "orderedList", "taskList", "decisionList"].contains(item["type"].string) {
                    // A nested task list stands beside the items, not within one.
                    self.indent += 1
                    self.write(item, depth: depth + 1)
                    self.indent -= 1
                    continue
                }
                var inner = Writer()
                inner.indent = self.indent + 1
                inner.children(of: item, depth: depth + 1)
                let mark =
                    switch item["type"].string {
                    case "taskItem": item["attrs"]["state"].string == "DONE" ? "[x] " : "[ ] "
                    default: isOrdered ? "\(number). " : "- "
                    }
                number += 1
                var body = inner.text
                while body.hasSuffix("\n") { body.removeLast() }
                self.endLine()
                self.text += String(repeating: "  ", count: min(self.indent, 20)) + mark + body
                self.endLine()
            }
        }

        private mutating func row(_ node: JSONValue, depth: Int) {
            self.endLine()
            let cells = (node["content"].array ?? []).map { cell in
                var inner = Writer()
                inner.children(of: cell, depth: depth + 1)
                return inner.text.split(whereSeparator: \.isNewline).joined(separator: " ")
            }
            self.text += cells.joined(separator: "\t")
            self.endLine()
        }

        private static func mention(_ attributes: JSONValue) -> String {
            guard let name = attributes["text"].text else { return "" }
            return name.hasPrefix("@") ? name : "@\(name)"
        }

        /// Milliseconds, as a string, to `2024-05-01`.
        private static func day(_ timestamp: JSONValue) -> String? {
            guard let milliseconds = timestamp.int ?? timestamp.string.flatMap({ Int($0) }),
                abs(milliseconds) < 10_000_000_000_000
            else { return nil }
            return String(SourceDate.text(of: SourceDate.date(milliseconds: milliseconds)).prefix(10))
        }
    }
}
