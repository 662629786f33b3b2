/// The words of Prometheus' text format.
enum PrometheusText {
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    /// Letters, digits, `_` and `:`; everything else becomes `_`.
    static func name(_ text: String) -> String {
        let isName = text.utf8.enumerated().allSatisfy { place, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                UInt8(ascii: ":"):
                true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): place > 0
            default: false
            }
        }
        // As nearly all are.
        if isName { return text }
        var name = ""
        for character in text.unicodeScalars {
            switch character {
            case "a"..."z", "A"..."Z", "_", ":": name.unicodeScalars.append(character)
            case "0"..."9" where !name.isEmpty: name.unicodeScalars.append(character)
            default: name.append("_")
            }
        }
        return name
    }

    static func labels(_ dimensions: [(String, String)]) -> String {
        var labels = ""
        for (key, value) in dimensions.count > 1 ? dimensions.sorted(by: { $0.0 < $1.0 }) : dimensions {
            if !labels.isEmpty { labels += "," }
            labels += Self.label(key)
            labels += "=\""
            labels += Self.escaped(value)
            labels += "\""
        }
        return labels
    }

    private static func label(_ key: String) -> String {
        let name = Self.name(key)
        return name.utf8.contains(UInt8(ascii: ":")) ? name.replacing(":", with: "_") : name
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") })
        else { return value }
        return value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
