/// Estimates tokens from characters, on the high side, for providers whose tokenizer is not at hand.
///
/// Letters and spaces of ASCII count by characters a token; ASCII punctuation and digits, which tokenizers seldom merge, count
/// fully and by half; other scripts by the length of their UTF-8, up to a token a byte for emoji and rare scripts. Letters of a run of
/// letters and digits that is too long for a word (base64, keys, digests) count more, for tokenizers know few pieces of it: two parts
/// of one may count less than the whole.
public struct EstimatedTokenCounter: TokenCounting, Equatable {
    /// English prose has four to five; three leaves room for identifiers and other languages in Latin letters.
    public static let usualCharactersPerToken = 3.0
    /// Letters and digits beyond which a run is no word.
    static let longestWord = 20
    /// Of letters in a run that is longer, at most.
    static let unbrokenCharactersPerToken = 1.5

    public let charactersPerToken: Double

    public init(charactersPerToken: Double = Self.usualCharactersPerToken) {
        self.charactersPerToken = max(0.25, charactersPerToken)
    }

    public func count(_ text: String) -> Int {
        var plain = 0
        var unbroken = 0
        var quarters = 0
        var run = (length: 0, letters: 0)
        var previous: UInt8 = 0xFF
        var text = text
        text.withUTF8 { bytes in
            func endRun() {
                if run.length > Self.longestWord { unbroken += run.letters } else { plain += run.letters }
                run = (0, 0)
            }
            for byte in bytes {
                let length = run.length
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    run.length += 1
                    run.letters += 1
                case UInt8(ascii: " "):
                    plain += 1
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    run.length += 1
                    quarters += 2
                case 0x80..<0xC0:
                    break
                case 0xC0..<0xE0:
                    quarters += 4
                case 0xE0..<0xF0:
                    quarters += 8
                case 0xF0...:
                    quarters += 16
                default:
                    // Rules of dashes and runs of line breaks are merged.
                    quarters += byte == previous ? 1 : 4
                }
                previous = byte
                if run.length == length { endRun() }
            }
            endRun()
        }
        let letters =
            Double(plain) / self.charactersPerToken
            + Double(unbroken) / min(self.charactersPerToken, Self.unbrokenCharactersPerToken)
        // What rounding adds to a whole number of tokens is no token.
        return Int((letters + Double(quarters) / 4 - 1e-9).rounded(.up))
    }
}
