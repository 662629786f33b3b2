/// The `Link` header (RFC 8288), as far as paging needs it.
enum LinkHeader {
    /// The URL whose relation is `next`.
    static func next(in value: String) -> String? {
        var rest = Substring(value)
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let url = rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: close)...]
            let parameters = rest.prefix { $0 != "<" }
            for parameter in parameters.split(whereSeparator: { $0 == ";" || $0 == "," }) {
                let parts = parameter.split(separator: "=", maxSplits: 1).map {
                    $0.filter { !$0.isWhitespace && $0 != "\"" }.lowercased()
                }
                if parts == ["rel", "next"] { return String(url) }
            }
        }
        return nil
    }
}
