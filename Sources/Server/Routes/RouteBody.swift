/// What a route takes in its body.
struct RouteBody: Sendable {
    enum Form: Sendable {
        /// JSON of this shape.
        case json(Schema)
        /// Bytes that the handler reads itself.
        case bytes(contentType: String)
    }

    var form: Form
    /// Whether it may be absent altogether.
    var isRequired: Bool
    /// Bytes.
    var largest: Int

    static func json(_ schema: Schema, isRequired: Bool = true, largest: Int = PulseContext.largestBody) -> RouteBody {
        RouteBody(form: .json(schema), isRequired: isRequired, largest: largest)
    }

    static func bytes(_ contentType: String = "application/json", largest: Int) -> RouteBody {
        RouteBody(form: .bytes(contentType: contentType), isRequired: true, largest: largest)
    }
}
