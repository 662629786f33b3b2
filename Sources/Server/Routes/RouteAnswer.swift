import Hummingbird

/// What a route answers when all is well.
struct RouteAnswer: Sendable {
    enum Content: Sendable {
        case nothing
        case json(Schema)
        case other(contentType: String)
    }

    var status: HTTPResponse.Status
    var note: String
    var content: Content

    static func ok(_ schema: Schema, _ note: String) -> RouteAnswer {
        RouteAnswer(status: .ok, note: note, content: .json(schema))
    }

    static func created(_ schema: Schema, _ note: String) -> RouteAnswer {
        RouteAnswer(status: .created, note: note, content: .json(schema))
    }

    static func accepted(_ schema: Schema, _ note: String) -> RouteAnswer {
        RouteAnswer(status: .accepted, note: note, content: .json(schema))
    }

    static func noContent(_ note: String) -> RouteAnswer {
        RouteAnswer(status: .noContent, note: note, content: .nothing)
    }

    static func other(_ contentType: String, _ note: String) -> RouteAnswer {
        RouteAnswer(status: .ok, note: note, content: .other(contentType: contentType))
    }
}
