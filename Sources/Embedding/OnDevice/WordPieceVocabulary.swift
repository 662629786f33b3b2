/// The pieces of words that the model knows, as a trie over their bytes: one walk finds the longest piece.
struct WordPieceVocabulary: Sendable {
    /// Ids that BERT gives a meaning of its own.
    enum Special {
        static let unknown: Int32 = 100
        /// `[CLS]`, before each text.
        static let start: Int32 = 101
        /// `[SEP]`, behind each text.
        static let end: Int32 = 102
    }

    struct Failure: Error {
        var reason: String
    }

    /// A step of the trie: which node and byte lead to which node. Open addressing with linear probing; key 0 is free.
    private struct Edge {
        var key: UInt32 = 0
        var target: Int32 = 0
    }

    private var edges: [Edge]
    private let shift: UInt64
    private let mask: Int
    /// The piece that ends at each node, -1 for none.
    private var pieces: [Int32] = [-1]
    /// The node behind `##`, where pieces within a word begin.
    private var continuation: Int32 = 0

    /// - Parameters:
    ///   - lines: `vocab.txt`, a piece a line; a line's number is the piece's id.
    ///   - count: how many pieces the model has.
    init(lines: UnsafeRawBufferPointer, count: Int) throws(Failure) {
        // The vocabulary has fewer than 2^17 distinct prefixes; four places for each keep probes short.
        let bits = 19
        self.edges = [Edge](repeating: Edge(), count: 1 << bits)
        self.shift = UInt64(64 - bits)
        self.mask = 1 << bits - 1
        self.continuation = try self.node(of: "##".utf8)

        var id: Int32 = 0
        for line in lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            let piece = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            self.pieces[Int(try self.node(of: piece))] = id
            id += 1
        }
        guard id == count else { throw Failure(reason: "it holds \(id) pieces, not \(count)") }
        for (text, id) in [("[UNK]", Special.unknown), ("[CLS]", Special.start), ("[SEP]", Special.end)] {
            guard self.pieces[Int(try self.node(of: text.utf8))] == id else {
                throw Failure(reason: "\(text) is not piece number \(id)")
            }
        }
    }

    /// Appends the pieces of one word, longest first from the left, or the unknown piece where it cannot be put together.
    func append(_ word: [UInt8], to ids: inout [Int32]) {
        let mark = ids.count
        var start = 0
        while start < word.count {
            var node: Int32 = start == 0 ? 0 : self.continuation
            var longest: (id: Int32, end: Int)?
            var at = start
            while at < word.count, let next = self.target(from: node, by: word[at]) {
                node = next
                at += 1
                let piece = self.pieces[Int(node)]
                if piece >= 0 { longest = (piece, at) }
            }
            guard let longest else {
                ids.removeSubrange(mark...)
                ids.append(Special.unknown)
                return
            }
            ids.append(longest.id)
            start = longest.end
        }
    }

    // MARK: Trie

    private static func key(_ node: Int32, _ byte: UInt8) -> UInt32 {
        UInt32(bitPattern: node) << 8 | UInt32(byte)
    }

    private func place(_ key: UInt32) -> Int {
        var place = Int((UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> self.shift)
        while self.edges[place].key != key, self.edges[place].key != 0 { place = (place + 1) & self.mask }
        return place
    }

    private func target(from node: Int32, by byte: UInt8) -> Int32? {
        let edge = self.edges[self.place(Self.key(node, byte))]
        return edge.key == 0 ? nil : edge.target
    }

    /// The node that `piece` leads to, made where it is not there yet.
    private mutating func node(of piece: some Sequence<UInt8>) throws(Failure) -> Int32 {
        var node: Int32 = 0
        for byte in piece {
            // Key 0 marks a free place, and no vocabulary holds a NUL.
            guard byte != 0 else { throw Failure(reason: "it is not text") }
            let key = Self.key(node, byte)
            let place = self.place(key)
            if self.edges[place].key == 0 {
                guard self.pieces.count < self.edges.count / 2 else { throw Failure(reason: "it holds too many pieces") }
                self.edges[place] = Edge(key: key, target: Int32(self.pieces.count))
                self.pieces.append(-1)
            }
            node = self.edges[place].target
        }
        return node
    }
}
