/// Puts characters together to words and turns each finished word into pieces.
struct WordCollector {
    let vocabulary: WordPieceVocabulary
    private(set) var ids: [Int32]
    /// How many ids are wanted; what comes after may be left out.
    private let limit: Int
    private let initial: [Int32]
    private var word: [UInt8] = []
    private var scalars = 0

    init(vocabulary: WordPieceVocabulary, ids: [Int32], limit: Int) {
        self.vocabulary = vocabulary
        self.ids = ids
        self.initial = ids
        self.limit = limit
    }

    var isFull: Bool { self.ids.count >= self.limit }

    mutating func restart() {
        self.ids = self.initial
        self.word.removeAll(keepingCapacity: true)
        self.scalars = 0
    }

    /// Takes an ASCII character.
    mutating func take(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            self.word.append(byte)
            self.scalars += 1
        case UInt8(ascii: "A")...UInt8(ascii: "Z"):
            self.word.append(byte | 0x20)
            self.scalars += 1
        case 0x20, 0x09, 0x0A, 0x0D:
            self.finish()
        case 0x21..<0x7F:
            self.finish()
            self.word.append(byte)
            self.scalars = 1
            self.finish()
        default:
            // A control character leaves no gap.
            break
        }
    }

    /// Takes a scalar of cleaned and decomposed text.
    mutating func take(_ scalar: Unicode.Scalar) {
        guard scalar.value >= 0x80 else { return self.take(UInt8(scalar.value)) }
        let properties = scalar.properties
        if properties.generalCategory == .nonspacingMark { return }
        if properties.changesWhenLowercased {
            for lower in properties.lowercaseMapping.unicodeScalars { self.append(lower) }
        } else {
            self.append(scalar)
        }
    }

    mutating func finish() {
        guard self.scalars > 0 else { return }
        if self.scalars > WordPieceTokenizer.longestWord {
            self.ids.append(WordPieceVocabulary.Special.unknown)
        } else {
            self.vocabulary.append(self.word, to: &self.ids)
        }
        self.word.removeAll(keepingCapacity: true)
        self.scalars = 0
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        guard scalar.value >= 0x80 else { return self.take(UInt8(scalar.value)) }
        let alone = scalar.isBERTPunctuation
        if alone { self.finish() }
        self.word.append(contentsOf: String(Character(scalar)).utf8)
        self.scalars += 1
        if alone { self.finish() }
    }
}
