import Hummingbird

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
    /// Looks at the head before anything of the body is read, and refuses what the body could not make right.
    var screen: (@Sendable (Request) throws(Problem) -> Void)?
    /// For bodies that are too large for any number of them to be held at once; only of such as are bytes.
    var room: BodyRoom?

    static func json(_ schema: Schema, isRequired: Bool = true, largest: Int = PulseContext.largestBody) -> RouteBody {
        RouteBody(form: .json(schema), isRequired: isRequired, largest: largest)
    }

    static func bytes(
        _ contentType: String = "application/json",
        largest: Int,
        screen: (@Sendable (Request) throws(Problem) -> Void)? = nil
    ) -> RouteBody {
        RouteBody(
            form: .bytes(contentType: contentType),
            isRequired: true,
            largest: largest,
            screen: screen,
            room: BodyRoom(bytes: largest * 4)
        )
    }
}
