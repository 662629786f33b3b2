/// The parameters of a URL's query: decoded strictly, and each must be known.
struct QueryParameters: Sendable {
    private(set) var values: [String: [String]] = [:]

    /// - Parameter known: the names that may occur.
    init(_ query: String?, known: [String]) throws(Problem) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
                throw Problem.invalid(
                    "query string",
                    "a parameter is not percent-encoded UTF-8",
                    allowed: "percent-encode each value as UTF-8"
                )
            }
            guard known.contains(name) else {
                throw Problem.invalid(
                    String(name.prefix(100)),
                    "there is no such parameter",
                    allowed: "use " + known.joined(separator: ", ")
                )
            }
            self.values[name, default: []].append(value)
        }
    }

    /// All values of a parameter that may be repeated.
    func all(_ name: String) -> [String] { self.values[name] ?? [] }

    /// The value of a parameter that stands at most once.
    func one(_ name: String) throws(Problem) -> String? {
        let values = self.all(name)
        guard values.count <= 1 else {
            throw Problem.invalid(name, "it is given more than once", allowed: "give it once")
        }
        return values.first
    }

    private static func decoded(_ text: Substring) -> String? { PercentDecoding.decoded(text, plusIsSpace: true) }
}
