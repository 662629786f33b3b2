/// Plain text of Jira's wiki markup, as Data Center and webhooks write descriptions.
///
/// Every word a person reads stays, marks go: headings, emphasis, lists, tables, links with their address, code as it is. What is no
/// markup by Jira's rules stays as it was written: a snake_case name, a lone star, a minus.
enum WikiText {
    /// - Returns: nil where there is no text.
    static func plain(_ text: String) -> String? {
        var lines: [String] = []
        /// The closing mark of the block that is copied as it is.
        var verbatim: String?
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init) {
            if let mark = verbatim {
                if let end = line.range(of: mark) {
                    if end.lowerBound > line.startIndex { lines.append(String(line[..<end.lowerBound])) }
                    verbatim = nil
                    let rest = String(line[end.upperBound...])
                    if rest.contains(where: { !$0.isWhitespace }) { lines.append(Self.line(rest)) }
                } else {
                    lines.append(line)
                }
                continue
            }
            guard let block = Self.opening(line) else {
                lines.append(Self.line(line))
                continue
            }
            if block.before.contains(where: { !$0.isWhitespace }) { lines.append(Self.line(block.before)) }
            if let end = block.after.range(of: block.mark) {
                lines.append(String(block.after[..<end.lowerBound]))
                let rest = String(block.after[end.upperBound...])
                if rest.contains(where: { !$0.isWhitespace }) { lines.append(Self.line(rest)) }
            } else {
                if !block.after.isEmpty { lines.append(block.after) }
                verbatim = block.mark
            }
        }
        let joined = lines.joined(separator: "\n")
        guard let first = joined.firstIndex(where: { !$0.isWhitespace }), let last = joined.lastIndex(where: { !$0.isWhitespace })
        else { return nil }
        return String(joined[first...last])
    }

    /// `{code:java}` or `{noformat}`: what stands before, what after, and the mark that ends it.
    private static func opening(_ line: String) -> (before: String, after: String, mark: String)? {
        var found: (before: String, after: String, mark: String)?
        var first = line.endIndex
        for name in ["code", "noformat"] {
            guard let open = line.range(of: "{\(name)"), open.lowerBound < first,
                // `{{code}}` is a word in the look of code.
                open.lowerBound == line.startIndex || line[line.index(before: open.lowerBound)] != "{",
                let close = line[open.upperBound...].firstIndex(of: "}"),
                line[open.upperBound...].first == "}" || line[open.upperBound...].first == ":"
            else { continue }
            first = open.lowerBound
            found = (String(line[..<open.lowerBound]), String(line[line.index(after: close)...]), "{\(name)}")
        }
        return found
    }

    /// One line that is no code.
    private static func line(_ line: String) -> String {
        var rest = Substring(line)
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        if let heading = rest.prefixMatch(of: /h[1-6]\.\s+/) { return Self.inline(rest[heading.range.upperBound...]) }
        if rest.hasPrefix("bq. ") { return Self.inline(rest.dropFirst(4)) }
        if rest.allSatisfy({ $0 == "-" || $0.isWhitespace }), rest.count(where: { $0 == "-" }) >= 4 { return "" }
        if rest.hasPrefix("|") { return Self.row(rest) }
        if let list = rest.prefixMatch(of: /([*#]+|-)\s+/) {
            let depth = list.output.1.count - 1
            let mark = list.output.1.hasSuffix("#") ? "1. " : "- "
            return String(repeating: "  ", count: min(depth, 20)) + mark + Self.inline(rest[list.range.upperBound...])
        }
        return Self.inline(Substring(line))
    }

    /// A table's row: cells joined by tabs. A bar within a link is no border.
    private static func row(_ line: Substring) -> String {
        var cells: [String] = []
        var cell = ""
        var brackets = 0
        for character in line {
            switch character {
            case "[": brackets += 1
            case "]": brackets = max(0, brackets - 1)
            default: break
            }
            if character == "|", brackets == 0 {
                cells.append(cell)
                cell = ""
            } else {
                cell.append(character)
            }
        }
        cells.append(cell)
        return cells.map { cell in
            Self.inline(Substring(cell)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }.filter { !$0.isEmpty }.joined(separator: "\t")
    }

    // MARK: - Within a line

    private static func inline(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let character = rest.first {
            switch character {
            case "\\" where rest.hasPrefix("\\\\"):
                result += "\n"
                rest = rest.dropFirst(2)
                continue
            case "\\":
                // The next mark is meant as it is.
                rest.removeFirst()
                if let escaped = rest.popFirst() { result.append(escaped) }
                continue
            case "{":
                if rest.hasPrefix("{{"), let end = rest.dropFirst(2).firstRange(of: "}}") {
                    result += rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound]
                    rest = rest[end.upperBound...]
                    continue
                }
                // {color:red}, {panel:title=…}, {quote}: a title is read, the rest is looks.
                if let macro = rest.prefixMatch(
                    of: /\{(color|panel|quote|anchor|expand|info|note|tip|warning|html|toc)(:[^}]*)?\}/
                ) {
                    if let title = macro.output.2?.firstMatch(of: /title=([^|}]+)/) { result += title.output.1 + "\n" }
                    rest = rest[macro.range.upperBound...]
                    continue
                }
            case "[":
                if let link = Self.link(rest) {
                    result += link.text
                    rest = link.rest
                    continue
                }
            case "!":
                // A picture: `!name.png|width=300!`.
                if let image = rest.prefixMatch(of: /!([^!\s|]+\.[A-Za-z0-9]+)(\|[^!]*)?!/) {
                    result += image.output.1
                    rest = rest[image.range.upperBound...]
                    continue
                }
            case "*", "_", "+", "^", "~", "-", "?":
                if let marked = Self.emphasis(rest, after: result.last) {
                    result += Self.inline(marked.text)
                    rest = marked.rest
                    continue
                }
            default: break
            }
            result.append(rest.removeFirst())
        }
        return result
    }

    /// `[words|address]`, `[address]`, `[~user]`, `[^attachment]`.
    private static func link(_ text: Substring) -> (text: String, rest: Substring)? {
        guard let end = text.firstIndex(of: "]") else { return nil }
        let inner = text[text.index(after: text.startIndex)..<end]
        let rest = text[text.index(after: end)...]
        guard !inner.isEmpty, !inner.contains("[") else { return nil }
        if inner.hasPrefix("~") {
            let name = inner.dropFirst().split(separator: ":").last.map(String.init) ?? ""
            return ("@\(name)", rest)
        }
        if inner.hasPrefix("^") { return (String(inner.dropFirst()), rest) }
        let parts = inner.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        let address = parts.count > 1 ? parts[1] : parts[0]
        guard parts.count > 1 || address.contains("://") || address.hasPrefix("mailto:") || address.hasPrefix("#") else {
            return nil
        }
        if parts.count > 1, !parts[0].isEmpty {
            let words = Self.inline(Substring(parts[0]))
            return (address.hasPrefix("#") || words == address ? words : "\(words) (\(address))", rest)
        }
        return (address, rest)
    }

    /// `*bold*` and its like: the mark stands at a word's edge outside, and none within.
    private static func emphasis(_ text: Substring, after before: Character?) -> (text: Substring, rest: Substring)? {
        let mark = text.hasPrefix("??") ? "??" : String(text.first ?? " ")
        guard mark != "?", before.map({ !$0.isLetter && !$0.isNumber && String($0) != mark }) ?? true else { return nil }
        let inner = text.dropFirst(mark.count)
        guard let first = inner.first, !first.isWhitespace, String(first) != mark else { return nil }
        var search = inner
        while let close = search.firstRange(of: mark) {
            let words = inner[..<close.lowerBound]
            let after = inner[close.upperBound...]
            if let last = words.last, !last.isWhitespace, after.first.map({ !$0.isLetter && !$0.isNumber }) ?? true {
                return (words, after)
            }
            search = after
        }
        return nil
    }
}
