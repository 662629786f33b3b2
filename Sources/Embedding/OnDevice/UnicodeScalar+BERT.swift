/// BERT's classes of characters beyond ASCII.
extension Unicode.Scalar {
    /// White space of the ASCII range that separates words; other controls are dropped.
    var isBERTSpace: Bool {
        self == " " || self == "\t" || self == "\n" || self == "\r"
    }

    var isBERTControl: Bool {
        switch self.properties.generalCategory {
        case .control, .format, .privateUse, .surrogate: true
        default: self == "\u{FFFD}"
        }
    }

    /// Each of these is a word of its own. Hangul and kana are not among them.
    var isBERTIdeograph: Bool {
        switch self.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    var isBERTPunctuation: Bool {
        switch self.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            true
        default: false
        }
    }
}
