/// `1s`, `6m0s`, `120ms`, `1h2m3.5s`; a number alone is seconds. OpenAI and Google write waits so.
enum GoDuration {
    static func parse(_ text: some StringProtocol) -> Duration? {
        if let seconds = Double(text), seconds.isFinite, seconds >= 0 { return .seconds(min(seconds, 86_400 * 7)) }
        var seconds = 0.0
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "h": seconds += number * 3600
            case "m": seconds += number * 60
            case "s": seconds += number
            case "ms": seconds += number / 1e3
            case "us", "µs": seconds += number / 1e6
            case "ns": seconds += number / 1e9
            default: return nil
            }
        }
        return .seconds(min(seconds, 86_400 * 7))
    }
}
