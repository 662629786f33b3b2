/// The stretches that a text may be cut between: whole sentences, or where one is too long its words, or their characters.
struct TextAtoms {
    /// What ends at the end of an atom, weakest first.
    enum Boundary: Int, Comparable {
        case character
        case word
        case sentence
        case paragraph

        static func < (a: Boundary, b: Boundary) -> Bool { a.rawValue < b.rawValue }
    }

    struct Atom {
        var range: Range<String.Index>
        var cost: Int
        var end: Boundary
    }

    private let text: String
    private let budget: Int
    private let cost: (Substring) -> Int
    /// In order, without gaps; each within the budget unless it is a single Unicode scalar.
    private(set) var atoms: [Atom] = []

    /// - Parameter startsWith: the largest stretches wanted.
    init(_ text: String, budget: Int, cost: @escaping (Substring) -> Int, startsWith: Boundary = .sentence) {
        self.text = text
        self.budget = budget
        self.cost = cost
        let whole = text.startIndex..<text.endIndex
        if startsWith == .word { self.addWords(whole, end: .paragraph) } else { self.addSentences(whole) }
    }

    // MARK: Sentences

    // Scalars, not characters: finding characters takes ten times as long. ``cuts(at:)`` keeps characters whole.

    private mutating func addSentences(_ range: Range<String.Index>) {
        let scalars = self.text.unicodeScalars
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            let scalar = scalars[position]
            scalars.formIndex(after: &position)
            let isNewline = Self.isNewline(scalar)
            guard isNewline || Self.isFullStop(scalar) else { continue }
            let stop = isNewline ? position : self.skipClosing(from: position)
            let (next, lines) = self.skipSpace(from: stop, after: scalar)
            position = next
            // A full stop without space after it stands in a number or a name.
            guard isNewline || next > stop || Self.isWideStop(scalar), self.cuts(at: next) else { continue }
            let isParagraph = lines > (isNewline ? 0 : 1)
            self.addSentence(start..<next, end: isParagraph ? .paragraph : .sentence)
            start = next
        }
        if start < range.upperBound { self.addSentence(start..<range.upperBound, end: .paragraph) }
    }

    private mutating func addSentence(_ range: Range<String.Index>, end: Boundary) {
        let cost = self.cost(self.text[range])
        if cost <= self.budget {
            self.atoms.append(Atom(range: range, cost: cost, end: end))
        } else {
            self.addWords(range, end: end)
        }
    }

    private static func isNewline(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? scalar == " " || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
    }

    private static func isFullStop(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", "!", "?", "…": true
        default: self.isWideStop(scalar)
        }
    }

    /// Stops of scripts that set no space after them.
    private static func isWideStop(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "。", "！", "？", "｡", "।", "॥": true
        default: false
        }
    }

    private static func isClosing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "'", "”", "’", "»", ")", "]", "」", "』": true
        default: self.isFullStop(scalar)
        }
    }

    /// Whether a character begins at `position`, as one does almost everywhere.
    private func cuts(at position: String.Index) -> Bool {
        guard position < self.text.endIndex, !self.text.unicodeScalars[position].isASCII else { return true }
        return String.Index(position, within: self.text) != nil
    }

    private func skipClosing(from start: String.Index) -> String.Index {
        let scalars = self.text.unicodeScalars
        var position = start
        while position < scalars.endIndex, Self.isClosing(scalars[position]) { scalars.formIndex(after: &position) }
        return position
    }

    /// Past white space, with the line breaks in it; carriage return and line feed are one.
    private func skipSpace(from start: String.Index, after scalar: Unicode.Scalar) -> (end: String.Index, lines: Int) {
        let scalars = self.text.unicodeScalars
        var position = start
        var previous = scalar
        var lines = 0
        while position < scalars.endIndex, Self.isSpace(scalars[position]) {
            let scalar = scalars[position]
            if Self.isNewline(scalar), !(scalar == "\n" && previous == "\r") { lines += 1 }
            previous = scalar
            scalars.formIndex(after: &position)
        }
        return (position, lines)
    }

    // MARK: Words

    private mutating func addWords(_ range: Range<String.Index>, end: Boundary) {
        let scalars = self.text.unicodeScalars
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            let scalar = scalars[position]
            scalars.formIndex(after: &position)
            guard Self.isSpace(scalar) else { continue }
            position = min(self.skipSpace(from: position, after: scalar).end, range.upperBound)
            guard position == range.upperBound || self.cuts(at: position) else { continue }
            self.addWord(start..<position, end: position == range.upperBound ? end : .word)
            start = position
        }
        if start < range.upperBound { self.addWord(start..<range.upperBound, end: end) }
    }

    private mutating func addWord(_ range: Range<String.Index>, end: Boundary) {
        let cost = self.cost(self.text[range])
        if cost <= self.budget {
            self.atoms.append(Atom(range: range, cost: cost, end: end))
        } else {
            self.addCharacters(range, cost: cost, end: end)
        }
    }

    // MARK: Characters

    /// Cuts into as many equal parts as the cost asks for, and those that are still too long again.
    private mutating func addCharacters(_ range: Range<String.Index>, cost: Int, end: Boundary) {
        // Half-filled parts pack well, and few of them have to be cut again.
        let parts = max(2, min(2 * cost / self.budget + 1, 1 << 20))
        let part = self.text[range]
        // One character may consist of very many combining marks.
        let characters = part.count
        let each = max(1, (characters > 1 ? characters : part.unicodeScalars.count) / parts)
        var cuts: [Range<String.Index>] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let next =
                characters > 1
                ? part.index(start, offsetBy: each, limitedBy: range.upperBound)
                : part.unicodeScalars.index(start, offsetBy: each, limitedBy: range.upperBound)
            cuts.append(start..<(next ?? range.upperBound))
            start = next ?? range.upperBound
        }
        for cut in cuts {
            let isLast = cut.upperBound == range.upperBound
            let cost = self.cost(self.text[cut])
            if cost <= self.budget || cuts.count == 1 {
                self.atoms.append(Atom(range: cut, cost: cost, end: isLast ? end : .character))
            } else {
                self.addCharacters(cut, cost: cost, end: isLast ? end : .character)
            }
        }
    }
}
