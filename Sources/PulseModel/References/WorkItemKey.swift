/// Finds Jira issue keys, such as `PAY-142`, in free text.
///
/// `UTF-8` looks like one too: a key is believed only where an issue of that key is known.
public enum WorkItemKey {
    /// All candidates, in upper case, in order of appearance, each once.
    public static func all(in text: String) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            guard Self.isLetter(bytes[index]), index == 0 || !Self.isWord(bytes[index - 1]) else {
                index += 1
                continue
            }
            var end = index + 1
            while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
            let prefix = index..<end
            guard prefix.count >= 2, end < bytes.count, bytes[end] == UInt8(ascii: "-") else {
                index = end
                continue
            }
            var last = end + 1
            while last < bytes.count, Self.isDigit(bytes[last]) { last += 1 }
            let digits = (end + 1)..<last
            // A branch goes on after an underscore: `PAY-142_retry`.
            let goesOn = last < bytes.count && Self.isWord(bytes[last]) && bytes[last] != UInt8(ascii: "_")
            guard !digits.isEmpty, digits.count <= 9, !goesOn else {
                index = last
                continue
            }
            // Project keys may hold underscores, and branches put words before a key: `fix_PAY-142` may be either.
            let starts = [index] + prefix.dropFirst().filter { bytes[$0 - 1] == UInt8(ascii: "_") }
            for start in starts where Self.isLetter(bytes[start]) && end - start >= 2 {
                let key = String(decoding: bytes[start..<last], as: UTF8.self).uppercased()
                if seen.insert(key).inserted { found.append(key) }
            }
            index = last
        }
        return found
    }

    /// Whether `text` as a whole is a well-formed key, `^[A-Z][A-Z0-9_]*-\d+$`.
    public static func isValid(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].first, !parts[1].isEmpty else { return false }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
            && parts[0].allSatisfy { Self.isWord($0) && !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            && parts[1].allSatisfy(Self.isDigit)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        Self.isLetter(byte) || Self.isDigit(byte) || byte == UInt8(ascii: "_")
    }
}
