import Foundation

/// Points in time as clients write them: `2026-01-31`, `2026-01-31T10:00:00Z`, `2026-01-31T10:00:00.5+02:00`.
enum InstantText {
    static let allowed = "give ISO 8601: 2026-01-31 or 2026-01-31T10:00:00Z"

    /// Whether it is written like a point in time, of whatever calendar.
    static func hasShape(_ text: String) -> Bool {
        text.utf8.count <= 40
            && text.wholeMatch(
                of: /[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+\-][0-9]{2}:[0-9]{2}))?/
            ) != nil
    }

    /// Nil where it is no date, or one that no calendar has. A date without a time is its midnight, UTC.
    static func parse(_ text: String) -> Date? {
        guard text.utf8.count <= 40,
            let match = text.wholeMatch(
                of:
                    /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,9})?(?:Z|([+\-])([0-9]{2}):([0-9]{2})))?/
            )
        else { return nil }
        let parts = match.output
        guard let year = Int(parts.1), let month = Int(parts.2), let day = Int(parts.3), (1...12).contains(month),
            day >= 1, day <= Self.length(of: month, year: year)
        else { return nil }
        var seconds = Double(Self.days(year: year, month: month, day: day)) * 86_400
        if let hourText = parts.4, let minuteText = parts.5, let secondText = parts.6 {
            guard let hour = Int(hourText), let minute = Int(minuteText), let second = Int(secondText), hour < 24, minute < 60,
                second < 60
            else { return nil }
            seconds += Double(hour * 3_600 + minute * 60 + second) + (parts.7.flatMap { Double("0" + $0) } ?? 0)
        }
        if let sign = parts.8, let hours = parts.9.flatMap({ Int($0) }), let minutes = parts.10.flatMap({ Int($0) }) {
            guard hours <= 18, minutes < 60 else { return nil }
            seconds -= Double(hours * 3_600 + minutes * 60) * (sign == "-" ? -1 : 1)
        }
        // The years that four digits can write again.
        guard (-62_135_596_800..<253_402_300_800).contains(seconds) else { return nil }
        return Date(timeIntervalSince1970: seconds)
    }

    private static func length(of month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar; years begin in March so that the leap day is a year's last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
