import Foundation

/// A point in time as PostgreSQL keeps it: whole microseconds.
struct PostgresTimestamp: Hashable {
    /// Since 1970-01-01 00:00:00 UTC.
    var microseconds: Int64

    private static let microsecondsADay: Int64 = 86_400_000_000
    /// From 4712 BC to 290000 AD: nearly what PostgreSQL takes, and safe from overflow.
    private static let range: Range<Int64> = days(-4711, 1, 1) * microsecondsADay..<days(290_001, 1, 1) * microsecondsADay

    init(microseconds: Int64) { self.microseconds = microseconds }

    /// - Throws: ``PostgresError`` of kind `invalidParameter` if PostgreSQL has no such time.
    init(_ date: Date) throws(PostgresError) {
        // Date counts from 2001; its own number keeps more of the fraction than the one since 1970.
        let sinceReference = (date.timeIntervalSinceReferenceDate * 1e6).rounded()
        let reference = Int64(Date.timeIntervalBetween1970AndReferenceDate) * 1_000_000
        guard let exact = Int64(exactly: sinceReference),
            Self.range.contains(exact.addingReportingOverflow(reference).partialValue)
        else {
            throw PostgresError(
                kind: .invalidParameter,
                message: "A date lies outside of what PostgreSQL can store (4712 BC to 290000 AD)."
            )
        }
        self.microseconds = exact + reference
    }

    var date: Date {
        let reference = Int64(Date.timeIntervalBetween1970AndReferenceDate) * 1_000_000
        return Date(timeIntervalSinceReferenceDate: Double(self.microseconds - reference) / 1e6)
    }

    // MARK: Text

    /// `2026-11-24 02:48:57.123456+00`, with ` BC` where due.
    func appendText(to buffer: inout [UInt8]) {
        var days = self.microseconds / Self.microsecondsADay
        var rest = self.microseconds % Self.microsecondsADay
        if rest < 0 {
            rest += Self.microsecondsADay
            days -= 1
        }
        let (year, month, day) = Self.civil(days)
        let seconds = rest / 1_000_000
        self.append(year > 0 ? year : 1 - year, 4, "-", to: &buffer)
        self.append(month, 2, "-", to: &buffer)
        self.append(day, 2, " ", to: &buffer)
        self.append(seconds / 3600, 2, ":", to: &buffer)
        self.append(seconds / 60 % 60, 2, ":", to: &buffer)
        self.append(seconds % 60, 2, ".", to: &buffer)
        self.append(rest % 1_000_000, 6, "+", to: &buffer)
        buffer.append(contentsOf: (year > 0 ? "00" : "00 BC").utf8)
    }

    private func append(_ number: Int64, _ width: Int, _ end: Unicode.Scalar, to buffer: inout [UInt8]) {
        let digits = String(number).utf8
        for _ in 0..<max(0, width - digits.count) { buffer.append(UInt8(ascii: "0")) }
        buffer.append(contentsOf: digits)
        buffer.append(UInt8(ascii: end))
    }

    /// Reads the ISO form of timestamptz, timestamp (taken as UTC) and date.
    ///
    /// - Returns: nil for anything else, `infinity` included.
    init?(text: UnsafeRawBufferPointer) {
        var position = 0
        func number(_ width: ClosedRange<Int>) -> Int64? {
            var value: Int64 = 0
            var digits = 0
            while position < text.count, digits < width.upperBound, case let digit = text[position] &- 48, digit < 10 {
                value = value * 10 + Int64(digit)
                position += 1
                digits += 1
            }
            return width.contains(digits) ? value : nil
        }
        func skip(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }
        guard var year = number(4...6), skip("-"), let month = number(2...2), skip("-"), let day = number(2...2) else {
            return nil
        }
        var microseconds: Int64 = 0
        if position + 1 < text.count, text[position + 1] != UInt8(ascii: "B") {
            guard skip(" "), let hour = number(2...2), skip(":"), let minute = number(2...2), skip(":"),
                let second = number(2...2)
            else { return nil }
            microseconds = (hour * 3600 + minute * 60 + second) * 1_000_000
            if skip(".") {
                let start = position
                guard var fraction = number(1...6) else { return nil }
                for _ in 0..<(6 - (position - start)) { fraction *= 10 }
                microseconds += fraction
            }
            let isEast = skip("+")
            if isEast || skip("-") {
                guard let hours = number(2...2) else { return nil }
                var offset = hours * 3600
                if skip(":") {
                    guard let minutes = number(2...2) else { return nil }
                    offset += minutes * 60
                }
                if skip(":") {
                    guard let seconds = number(2...2) else { return nil }
                    offset += seconds
                }
                microseconds -= (isEast ? offset : -offset) * 1_000_000
            }
        }
        if skip(" ") {
            guard skip("B"), skip("C") else { return nil }
            year = 1 - year
        }
        guard position == text.count, year > -5000 else { return nil }
        // PostgreSQL counts from 2000: its last years do not fit when counted from 1970.
        let (midnight, isTooFar) = Self.days(year, month, day).multipliedReportingOverflow(by: Self.microsecondsADay)
        let (sum, isTooFarWithTime) = midnight.addingReportingOverflow(microseconds)
        guard !isTooFar, !isTooFarWithTime else { return nil }
        self.microseconds = sum
    }

    // MARK: Calendar

    // Days of the proleptic Gregorian calendar since 1970-01-01; after Howard Hinnant, "chrono-compatible low-level date
    // algorithms". The year begins in March, so that the leap day comes last; an era has 400 years. Year 0 is 1 BC.

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
