import ArgumentParser
import Foundation

/// Reads what options say, with a complaint that names the option and what it takes.
enum OptionText {
    /// A day (its first moment, UTC) or a moment, in ISO 8601.
    static func day(_ option: String, _ text: String?) throws -> Date? {
        guard let text else { return nil }
        let formatter = ISO8601DateFormatter()
        if let date = formatter.date(from: text) { return date }
        formatter.formatOptions = .withFullDate
        guard text.utf8.count == 10, let date = formatter.date(from: text) else {
            throw ValidationError("\(option) is \(text); write it as 2026-03-01 or 2026-03-01T12:00:00Z")
        }
        return date
    }

    static func choice<T: RawRepresentable & CaseIterable>(_ option: String, _ text: String) throws -> T
    where T.RawValue == String {
        if let value = T(rawValue: text) { return value }
        throw ValidationError("\(option) is \(text); it must be \(T.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}
