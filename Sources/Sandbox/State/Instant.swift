/// A point in time in milliseconds since 1970, written and read in the ways of both services.
struct Instant: Sendable, Hashable, Comparable {
    var milliseconds: Int64

    static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    func adding(seconds: Int64) -> Instant { Instant(milliseconds: milliseconds + seconds * 1000) }

    /// GitHub's form, `2026-03-04T05:06:07Z`.
    var gitHub: String { String(fields(offsetMinutes: 0).prefix(19)) + "Z" }

    /// Jira's form with an offset that has no colon, `2026-03-04T05:06:07.089+0100`.
    func jira(offsetMinutes: Int) -> String {
        let sign = offsetMinutes < 0 ? "-" : "+"
        let offset = abs(offsetMinutes)
        return fields(offsetMinutes: offsetMinutes) + sign + Self.padded(offset / 60, 2) + Self.padded(offset % 60, 2)
    }

    private func fields(offsetMinutes: Int) -> String {
        let local = milliseconds + Int64(offsetMinutes) * 60_000
        let day = local >= 0 ? local / 86_400_000 : (local - 86_399_999) / 86_400_000
        let rest = Int(local - day * 86_400_000)
        let (year, month, date) = Self.civil(fromDays: Int(day))
        let time = rest / 1000
        return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(date, 2) + "T"
            + Self.padded(time / 3600, 2) + ":" + Self.padded(time / 60 % 60, 2) + ":" + Self.padded(time % 60, 2)
            + "." + Self.padded(rest % 1000, 3)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Reads `yyyy-MM-dd`, `yyyy/MM/dd HH:mm`, ISO 8601 with or without seconds, fraction and offset (with or without a colon).
    ///
    /// - Parameter offsetMinutes: the offset of a text that names none.
    init?(_ text: String, offsetMinutes: Int = 0) {
        var numbers: [Int] = []
        var milliseconds = 0
        var offset = offsetMinutes
        var rest = text.utf8[...]
        func number(_ digits: Substring.UTF8View) -> Int? { Int(Substring(digits)) }
        let layout: [(separators: String, digits: Int)] = [("", 4), ("-/", 2), ("-/", 2), ("T ", 2), (":", 2), (":", 2)]
        for (position, part) in layout.enumerated() {
            if position > 0 {
                guard let separator = rest.first, part.separators.utf8.contains(separator) else { break }
                rest = rest.dropFirst()
            }
            guard rest.count >= part.digits, let value = number(rest.prefix(part.digits)) else { return nil }
            numbers.append(value)
            rest = rest.dropFirst(part.digits)
        }
        guard numbers.count >= 3 else { return nil }
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let value = number(digits.prefix(3)) else { return nil }
            milliseconds = value * [100, 10, 1][min(digits.count, 3) - 1]
            rest = rest.dropFirst(digits.count + 1)
        }
        if let sign = rest.first {
            let digits = rest.dropFirst().filter { $0 != UInt8(ascii: ":") }
            if sign == UInt8(ascii: "Z"), digits.isEmpty {
                offset = 0
            } else if digits.count == 4, let value = Int(String(decoding: digits, as: UTF8.self)),
                sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
            {
                offset = (value / 100 * 60 + value % 100) * (sign == UInt8(ascii: "-") ? -1 : 1)
            } else {
                return nil
            }
        }
        numbers += Array(repeating: 0, count: 6 - numbers.count)
        guard (1...12).contains(numbers[1]), (1...31).contains(numbers[2]), numbers[3] < 24, numbers[4] < 60 else { return nil }
        let seconds =
            Self.days(year: numbers[0], month: numbers[1], date: numbers[2]) * 86_400
            + numbers[3] * 3600 + (numbers[4] - offset) * 60 + numbers[5]
        self.milliseconds = Int64(seconds) * 1000 + Int64(milliseconds)
    }

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar; years run from March so that the leap day comes last.
    private static func days(year: Int, month: Int, date: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }
}
