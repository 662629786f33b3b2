/// How many ways a regular expression may have to try from one place of a text, at most.
///
/// A tenant writes the expressions and the tenant's provider the texts that they are matched on, in processes that serve everybody:
/// `(a+a+)+y` alone would keep one busy for years. What is read here is a part of ICU's expressions whose cost can be told; all else
/// counts as too much. Alternatives add up, what stands in a row multiplies, and a repetition of what is itself repeated or has
/// alternatives has no bound.
struct BacktrackingCost {
    /// What a tenant's expression may cost: one repetition without end, beside a few alternatives.
    static let most = 16_000.0
    static let allowed =
        "literals, sets, groups ( ) and (?: ), alternatives, and repetitions of what holds neither alternatives nor repetitions; "
        + "of *, + and {n,} it has one at most"

    /// Characters of an expression.
    private static let longest = 500
    /// What follows a backslash, beside what is no letter and no digit.
    private static let escapes = Set("wWdDsSbBtnrf")
    /// What follows a backslash and may have braces after it.
    private static let named = Set("pPx")

    private var rest: Substring
    /// A repetition without end goes through the whole text.
    private let textLength: Double

    /// - Returns: nil where it has no bound, or none that can be told.
    static func of(_ pattern: String, textLength: Int) -> Double? {
        guard pattern.utf8.count <= self.longest else { return nil }
        var reading = BacktrackingCost(rest: pattern[...], textLength: Double(textLength))
        guard let whole = reading.alternatives(), reading.rest.isEmpty else { return nil }
        return whole.cost
    }

    private struct Part {
        var cost = 1.0
        /// Whether it holds neither alternatives nor repetitions.
        var isPlain = true
    }

    /// Up to the end of the group, or of the expression.
    private mutating func alternatives() -> Part? {
        guard var whole = self.row() else { return nil }
        while self.take("|") {
            guard let next = self.row() else { return nil }
            whole = Part(cost: whole.cost + next.cost, isPlain: false)
        }
        return whole
    }

    private mutating func row() -> Part? {
        var row = Part()
        while let first = self.rest.first, first != "|", first != ")" {
            guard let atom = self.atom(), let part = self.repeated(atom) else { return nil }
            row = Part(cost: row.cost * part.cost, isPlain: row.isPlain && part.isPlain)
        }
        return row
    }

    private mutating func atom() -> Part? {
        switch self.rest.removeFirst() {
        case "(":
            if self.take("?"), !self.take(":") { return nil }
            guard let inner = self.alternatives(), self.take(")") else { return nil }
            return inner
        case "[": return self.set() ? Part() : nil
        case "\\": return self.escape() ? Part() : nil
        case "*", "+", "?", "{": return nil
        default: return Part()
        }
    }

    /// What may stand in a set: characters, ranges, escapes.
    private mutating func set() -> Bool {
        _ = self.take("^")
        while let next = self.rest.popFirst() {
            switch next {
            case "]": return true
            // Sets of sets.
            case "[": return false
            case "\\": guard self.escape() else { return false }
            default: break
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let next = self.rest.popFirst() else { return false }
        if Self.named.contains(next), self.take("{") {
            while let inner = self.rest.popFirst() { if inner == "}" { return true } }
            return false
        }
        return Self.escapes.contains(next) || Self.named.contains(next) || !(next.isLetter || next.isNumber)
    }

    /// The atom with the repetition that stands behind it, if one does.
    private mutating func repeated(_ atom: Part) -> Part? {
        let ways: Double
        switch self.rest.first {
        case "*", "+":
            self.rest.removeFirst()
            ways = self.textLength
        case "?":
            self.rest.removeFirst()
            ways = 2
        case "{":
            guard let end = self.rest.firstIndex(of: "}") else { return nil }
            let bounds = self.rest[..<end].dropFirst().split(separator: ",", omittingEmptySubsequences: false)
            self.rest = self.rest[end...].dropFirst()
            guard bounds.count <= 2, let least = bounds.first.flatMap({ Int($0) }), least >= 0 else { return nil }
            if bounds.count == 1 {
                ways = 1
            } else if bounds[1].isEmpty {
                ways = self.textLength
            } else {
                guard let most = Int(bounds[1]), most >= least else { return nil }
                ways = Double(most) - Double(least) + 1
            }
        default: return atom
        }
        guard atom.isPlain else { return nil }
        // As few as possible, or all or nothing.
        if !self.take("?") { _ = self.take("+") }
        return Part(cost: ways, isPlain: false)
    }

    private mutating func take(_ character: Character) -> Bool {
        guard self.rest.first == character else { return false }
        self.rest.removeFirst()
        return true
    }
}
