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

    private mutating func addSentences(_ range: Range<String.Index>) {
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            let character = self.text[position]
            position = self.text.index(after: position)
            if character.isNewline {
                let (next, lines) = self.skipSpace(from: position)
                self.addSentence(start..<next, end: lines > 0 ? .paragraph : .sentence)
                (start, position) = (next, next)
            } else if Self.isFullStop(character) {
                position = self.skipClosing(from: position)
                let (next, lines) = self.skipSpace(from: position)
                guard next > position || Self.isWideStop(character) else { continue }
                self.addSentence(start..<next, end: lines > 1 ? .paragraph : .sentence)
                (start, position) = (next, next)
            }
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

    private static func isFullStop(_ character: Character) -> Bool { ".!?…".contains(character) || self.isWideStop(character) }
    /// Stops of scripts that set no space after them.
    private static func isWideStop(_ character: Character) -> Bool { "。！？｡।॥".contains(character) }

    private func skipClosing(from start: String.Index) -> String.Index {
        var position = start
        while position < self.text.endIndex, ".!?…。！？\"'”’»)]」』".contains(self.text[position]) {
            position = self.text.index(after: position)
        }
        return position
    }

    /// Past white space, with the line breaks in it.
    private func skipSpace(from start: String.Index) -> (end: String.Index, lines: Int) {
        var position = start
        var lines = 0
        while position < self.text.endIndex, self.text[position].isWhitespace {
            if self.text[position].isNewline { lines += 1 }
            position = self.text.index(after: position)
        }
        return (position, lines)
    }

    // MARK: Words

    private mutating func addWords(_ range: Range<String.Index>, end: Boundary) {
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            let isSpace = self.text[position].isWhitespace
            position = self.text.index(after: position)
            guard isSpace else { continue }
            position = min(self.skipSpace(from: position).end, range.upperBound)
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
