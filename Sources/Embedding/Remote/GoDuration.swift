import Foundation

/// `1s`, `6m0s`, `120ms`, `1h2m3.5s`; a number alone is seconds. OpenAI and Google write waits so.
///
/// Others name the moment, as seconds or milliseconds since 1970 or in ISO 8601: then it is the time until it, and none where it is
/// over.
enum GoDuration {
    /// Nobody asks to wait for thirty years: such a number is a moment, in seconds; one of a hundred times as much in milliseconds.
    private static let (leastMoment, leastMilliseconds) = (1e9, 1e11)

    static func parse(_ text: some StringProtocol, now: Date = Date()) -> Duration? {
        if let number = Double(text), number.isFinite, number >= 0 {
            if number < Self.leastMoment { return .seconds(min(number, 86_400 * 7)) }
            return Self.until(Date(timeIntervalSince1970: number < Self.leastMilliseconds ? number : number / 1_000), now: now)
        }
        if text.contains("T"), let moment = try? Date(String(text), strategy: .iso8601) { return Self.until(moment, now: now) }
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

    private static func until(_ moment: Date, now: Date) -> Duration {
        .seconds(max(0, min(moment.timeIntervalSince(now), 86_400 * 7)))
    }
}
