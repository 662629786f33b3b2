/// A parameter of a route's path or query.
struct RouteParameter: Sendable {
    enum Place: String, Sendable {
        case path
        case query
    }

    var name: String
    var place: Place
    var schema: Schema
    var isRequired: Bool
    /// Whether it may stand several times: `?table=prs&table=wits`.
    var isRepeatable: Bool

    /// A part of the path: `{name}`. Texts that are not as they must be lead to 404, like unknown ones.
    static func path(_ name: String, _ schema: Schema, _ note: String) -> RouteParameter {
        RouteParameter(name: name, place: .path, schema: schema.saying(note), isRequired: true, isRepeatable: false)
    }

    static func query(_ name: String, _ schema: Schema, _ note: String, isRequired: Bool = false) -> RouteParameter {
        RouteParameter(name: name, place: .query, schema: schema.saying(note), isRequired: isRequired, isRepeatable: false)
    }

    /// A parameter that may stand up to `count` times.
    static func queries(_ name: String, _ schema: Schema, count: Int = 100, _ note: String) -> RouteParameter {
        RouteParameter(
            name: name,
            place: .query,
            schema: .list(of: schema, count: 0...count).saying(note),
            isRequired: false,
            isRepeatable: true
        )
    }

    /// How many elements a page has.
    static func limit(_ range: ClosedRange<Int> = 1...500, default standard: Int = 50) -> RouteParameter {
        .query("limit", .integer(range), "Elements of a page; \(standard) where left out.")
    }

    /// Where a list goes on.
    static let cursor = RouteParameter.query("cursor", .text(.cursor), "The `next_cursor` of the page before.")
}
