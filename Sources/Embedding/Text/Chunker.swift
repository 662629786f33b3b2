/// Splits a text into chunks that a provider takes whole, losing nothing.
///
/// A chunk is the heading as its first line and a stretch of the body. Stretches end at a paragraph where one ends near the limit,
/// else at a sentence, else at a word, else between characters, and begin with the last sentences of the stretch before them as far
/// as the overlap allows. Every character of the body that is not white space stands in at least one chunk, in order. The same
/// input gives the same chunks.
public struct Chunker: Sendable {
    /// Stands for a heading and body without any text, so that there is always something to embed.
    public static let placeholder = "(no text)"

    /// Tokens a chunk, heading included.
    public let limit: Int
    /// Tokens repeated from the chunk before, at most.
    public let overlap: Int
    private let counter: any TokenCounting
    /// What the counter adds to each text: beginning and end marks.
    private let frame: Int

    /// - Parameters:
    ///   - limit: the provider's tokens an item.
    ///   - overlap: usually a tenth of `limit`; never more than half of it is used.
    ///   - counter: the provider's own.
    public init(limit: Int, overlap: Int, counter: any TokenCounting) {
        self.limit = max(1, limit)
        self.overlap = max(0, min(overlap, limit / 2))
        self.counter = counter
        self.frame = counter.count("")
    }

    /// Two that make the same chunks of every text, as far as that can be told without trying, have the same.
    public var cutting: String {
        let counts = (SpaceProbe.documents + [""]).map { String(self.counter.count($0)) }
        // The probe's texts have no run that is too long for a word.
        let estimate =
            (self.counter as? EstimatedTokenCounter).map {
                " estimated:\($0.charactersPerToken)/\(EstimatedTokenCounter.unbrokenCharactersPerToken)"
            } ?? ""
        return "limit:\(self.limit) overlap:\(self.overlap) counts:\(counts.joined(separator: ","))\(estimate)"
    }

    /// At least one chunk, none empty. Takes time linear in the length of `body`.
    public func chunks(heading: String, body: String) -> [String] {
        let heading = self.cut(heading: heading)
        var body = body
        body.makeContiguousUTF8()
        guard body.contains(where: { !$0.isWhitespace }) else { return [heading.isEmpty ? Self.placeholder : heading] }
        // Tokens are seldom longer than 16 bytes: a longer body cannot fit, and need not be counted to know it.
        if body.utf8.count <= self.limit.multipliedReportingOverflow(by: 16).partialValue {
            let whole = self.join(heading, Self.trimmed(body[...]))
            if self.counter.count(whole) <= self.limit { return [whole] }
        }
        let headingCost = heading.isEmpty ? 0 : self.cost(heading[...]) + 1
        let budget = max(1, self.limit - self.frame - headingCost)
        let atoms = TextAtoms(body, budget: budget, cost: self.cost).atoms
        return self.assemble(atoms, of: body, heading: heading, budget: budget)
    }

    private func cost(_ text: Substring) -> Int { max(0, self.counter.count(String(text)) - self.frame) }

    /// The heading on one line, of a quarter of the limit at most.
    private func cut(heading: String) -> String {
        // Nobody's heading is longer; the rest of a longer one need not be looked at.
        let line = heading.prefix(4096).split(whereSeparator: \.isNewline).joined(separator: " ")
        let text = Self.trimmed(line[...])
        let budget = max(1, self.limit / 4)
        if self.cost(text[...]) <= budget { return text }
        var kept = ""
        var used = 0
        for atom in TextAtoms(text, budget: budget, cost: self.cost, startsWith: .word).atoms {
            used += atom.cost
            if used > budget { break }
            kept += text[atom.range]
        }
        return Self.trimmed(kept[...])
    }

    private func assemble(_ atoms: [TextAtoms.Atom], of body: String, heading: String, budget: Int) -> [String] {
        var chunks: [String] = []
        // The first atom that no chunk holds yet, and where the next chunk begins: there, or before it by the overlap.
        var fresh = 0
        var start = 0
        while fresh < atoms.count {
            var used = atoms[start..<fresh].reduce(0) { $0 + $1.cost }
            var end = fresh
            while end < atoms.count, end == fresh || used + atoms[end].cost <= budget {
                used += atoms[end].cost
                end += 1
            }
            if end < atoms.count { end = self.goodEnd(atoms, from: fresh, to: end, used: used, budget: budget) }
            var text = self.text(atoms[start..<end], of: body, heading: heading)
            // Counters need not be additive: the whole chunk is what must hold.
            while let candidate = text, self.counter.count(candidate) > self.limit, start < fresh || end - fresh > 1 {
                if start < fresh {
                    start = fresh
                } else {
                    end = fresh + (end - fresh) / 2
                }
                text = self.text(atoms[start..<end], of: body, heading: heading)
            }
            if let text { chunks.append(text) }
            fresh = end
            start = fresh < atoms.count ? self.overlapStart(atoms, before: fresh, budget: budget) : fresh
        }
        return chunks
    }

    /// Where to end a chunk that could reach to `end`: at the strongest boundary in its last part.
    private func goodEnd(_ atoms: [TextAtoms.Atom], from fresh: Int, to end: Int, used: Int, budget: Int) -> Int {
        for (boundary, share) in [(TextAtoms.Boundary.paragraph, 0.75), (.sentence, 0.5), (.word, 0.5)] {
            var filled = used
            var candidate = end
            while candidate > fresh, Double(filled) >= Double(budget) * share {
                if atoms[candidate - 1].end >= boundary { return candidate }
                candidate -= 1
                filled -= atoms[candidate].cost
            }
        }
        return end
    }

    /// The earliest sentence that the overlap reaches back to.
    private func overlapStart(_ atoms: [TextAtoms.Atom], before fresh: Int, budget: Int) -> Int {
        let allowed = min(self.overlap, budget - atoms[fresh].cost)
        var start = fresh
        var used = 0
        var best = fresh
        while start > 0, used + atoms[start - 1].cost <= allowed {
            start -= 1
            used += atoms[start].cost
            if start == 0 || atoms[start - 1].end >= .sentence { best = start }
        }
        return best
    }

    private func text(_ atoms: ArraySlice<TextAtoms.Atom>, of body: String, heading: String) -> String? {
        guard let first = atoms.first, let last = atoms.last else { return nil }
        let stretch = Self.trimmed(body[first.range.lowerBound..<last.range.upperBound])
        return stretch.isEmpty ? nil : self.join(heading, stretch)
    }

    private func join(_ heading: String, _ stretch: String) -> String { heading.isEmpty ? stretch : heading + "\n" + stretch }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
