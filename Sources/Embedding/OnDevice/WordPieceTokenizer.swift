import Foundation

/// BERT's uncased tokenizer: words by white space, punctuation and ideographs; accents and case dropped; then pieces.
///
/// The steps and their order are those of Hugging Face tokenizers' `BertNormalizer` and `BertPreTokenizer`, with two
/// differences. The text `[SEP]`, `[MASK]` and the like is text here, never the token of that name, so that no document can
/// speak to the model in its own signs. And classes of characters are those of today's Unicode, there those of Unicode 8:
/// over all characters but private planes, 880 rare ones (of scripts that the vocabulary lacks) are told apart differently.
struct WordPieceTokenizer: TokenCounting {
    let vocabulary: WordPieceVocabulary

    /// Unicode scalars; a longer word is one unknown piece.
    static let longestWord = 100

    /// Ids of `text` between `[CLS]` and `[SEP]`, at most `limit` of them all told.
    func encode(_ text: String, limit: Int) -> [Int32] {
        var ids: [Int32] = [WordPieceVocabulary.Special.start]
        var words = WordCollector(vocabulary: self.vocabulary, ids: ids, limit: limit - 1)
        self.collect(text, into: &words)
        ids = words.ids
        if ids.count > limit - 1 { ids.removeSubrange((limit - 1)...) }
        ids.append(WordPieceVocabulary.Special.end)
        return ids
    }

    /// Tokens of the whole text, `[CLS]` and `[SEP]` included, as the model's limit counts them.
    func count(_ text: String) -> Int {
        self.encode(text, limit: .max).count
    }

    private func collect(_ text: String, into words: inout WordCollector) {
        var text = text
        let ascii = text.withUTF8 { bytes in
            for byte in bytes {
                guard byte < 0x80 else { return false }
            }
            for byte in bytes {
                words.take(byte)
                if words.isFull { break }
            }
            return true
        }
        if !ascii {
            words.restart()
            for scalar in Self.cleaned(text).decomposedStringWithCanonicalMapping.unicodeScalars {
                words.take(scalar)
                if words.isFull { break }
            }
        }
        words.finish()
    }

    /// Without control characters, with spaces around ideographs; white space becomes plain spaces.
    private static func cleaned(_ text: String) -> String {
        var cleaned = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.value < 0x80 {
                if scalar.value > 0x20, scalar.value < 0x7F {
                    cleaned.append(scalar)
                } else if scalar.isBERTSpace {
                    cleaned.append(" ")
                }
            } else if scalar.isBERTControl {
                continue
            } else if scalar.properties.isWhitespace {
                cleaned.append(" ")
            } else if scalar.isBERTIdeograph {
                cleaned.append(" ")
                cleaned.append(scalar)
                cleaned.append(" ")
            } else {
                cleaned.append(scalar)
            }
        }
        return String(cleaned)
    }
}
