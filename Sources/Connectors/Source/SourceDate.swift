import Foundation

/// Dates as GitHub and Jira write them: `2020-06-12T08:13:13Z`, `2020-06-12T08:13:13.360+0800`.
///
/// One reader for all forms, because Foundation's needs a different one with and without fractions.
enum SourceDate {
    /// - Returns: nil where the text is no ISO 8601 date and time with an offset.
    static func parse(_ text: String) -> Date? {
        var scanner = Scanner(Array(text.utf8))
        guard let year = scanner.digits(4), scanner.skip("-"), let month = scanner.digits(2), scanner.skip("-"),
            let day = scanner.digits(2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.digits(2), scanner.skip(":"), let minute = scanner.digits(2)
        else { return nil }
        var second = 0
        var fraction = 0.0
        if scanner.skip(":") {
            guard let whole = scanner.digits(2) else { return nil }
            second = whole
            if scanner.skip(".") || scanner.skip(",") {
                guard let part = scanner.fraction() else { return nil }
                fraction = part
            }
        }
        guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
        guard (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = Self.daysFromCivil(year, month, day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds) + fraction)
    }

    /// The date of an HTTP header: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7, the form that is sent).
    static func parseHTTP(_ text: String) -> Date? {
        let parts = text.split(separator: " ").map(String.init)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: parts[2]), parts[1].count == 2 else {
            return nil
        }
        let number = month + 1
        return Self.parse("\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }

    /// `2020-06-12T08:13:13Z`: whole seconds, rounded down.
    static func text(of date: Date) -> String {
        let total = Int(date.timeIntervalSince1970.rounded(.down))
        let days = Int((Double(total) / 86_400).rounded(.down))
        let rest = total - days * 86_400
        let (year, month, day) = Self.civil(days)
        func pad(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
            + "\(pad(rest / 3_600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))Z"
    }

    /// Since 1970, in milliseconds, as JQL takes them.
    static func milliseconds(of date: Date) -> Int { Int((date.timeIntervalSince1970 * 1_000).rounded(.down)) }

    static func date(milliseconds: Int) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }

    private static func days(in month: Int, of year: Int) -> Int {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: leap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March.
    private static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private struct Scanner {
        private let bytes: [UInt8]
        private var index = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { self.index == self.bytes.count }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard self.index < self.bytes.count, self.bytes[self.index] == UInt8(ascii: character) else { return false }
            self.index += 1
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            guard self.index + count <= self.bytes.count else { return nil }
            var number = 0
            for byte in self.bytes[self.index..<self.index + count] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
            self.index += count
            return number
        }

        mutating func fraction() -> Double? {
            var value = 0.0
            var scale = 0.1
            let start = self.index
            while let digit = self.digits(1) {
                value += Double(digit) * scale
                scale /= 10
            }
            // Three digits come exact, so that a millisecond date equals itself after a round trip.
            return self.index > start ? (value * 1e6).rounded() / 1e6 : nil
        }

        /// Seconds east of Greenwich.
        mutating func offset() -> Int? {
            if self.skip("Z") || self.skip("z") { return 0 }
            let sign: Int
            if self.skip("+") { sign = 1 } else if self.skip("-") { sign = -1 } else { return nil }
            guard let hours = self.digits(2), hours < 24 else { return nil }
            if self.isAtEnd { return sign * hours * 3_600 }
            _ = self.skip(":")
            guard let minutes = self.digits(2), minutes < 60 else { return nil }
            return sign * (hours * 3_600 + minutes * 60)
        }
    }
}

extension JSONValue {
    /// An ISO 8601 date with an offset.
    var date: Date? { self.string.flatMap(SourceDate.parse) }
}
