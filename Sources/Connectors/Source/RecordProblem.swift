/// Why one record of a page cannot be taken.
struct RecordProblem: Error, Equatable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Returns the value of a required member.
///
/// - Parameters:
///   - value: what was read of it.
///   - name: the member's path in the record.
///   - raw: the member as it came, to tell "missing" from "wrong".
func required<T>(_ value: T?, _ name: String, in raw: JSONValue, as kind: String) throws(RecordProblem) -> T {
    if let value { return value }
    if raw.isNull { throw RecordProblem("\(name) is missing") }
    if raw.string?.isEmpty == true { throw RecordProblem("\(name) is empty") }
    throw RecordProblem("\(name) is not \(kind): \(raw.serialized.prefix(80))")
}
