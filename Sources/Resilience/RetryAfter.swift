public import Foundation

/// What a `Retry-After` header asks for: seconds or an HTTP date (RFC 9110 §10.2.3).
public enum RetryAfter {
    /// - Parameters:
    ///   - value: the header's value.
    ///   - now: the clock to measure a date against.
    /// - Returns: the wait, never negative and a week at most; nil where the value is neither form.
    public static func parse(_ value: String, now: Date) -> Duration? {
        let text = value.trimmingCharacters(in: .whitespaces)
        if let seconds = Double(text), seconds.isFinite { return Self.wait(seconds) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        for format in ["EEE, dd MMM yyyy HH:mm:ss zzz", "EEEE, dd-MMM-yy HH:mm:ss zzz", "EEE MMM d HH:mm:ss yyyy"] {
            formatter.dateFormat = format
            if let date = formatter.date(from: text) { return Self.wait(date.timeIntervalSince(now)) }
        }
        return nil
    }

    private static func wait(_ seconds: Double) -> Duration { .seconds(max(0, min(seconds, 86_400 * 7))) }
}
