import FloatJSON

/// One place where the wait after a refusal may stand.
struct RetryAfterForm: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        case header(String)
        case body(JSONPath)
    }

    enum Unit: String, Sendable, CaseIterable {
        case seconds
        case milliseconds
        /// `34s`, `6m0s`, `120ms`.
        case duration
        /// Seconds or an HTTP date.
        case secondsOrDate = "seconds-or-date"
    }

    var place: Place
    var unit: Unit
}
