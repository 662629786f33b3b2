import Hummingbird

/// A problem that a route answers with, besides those that follow from what it takes and who may use it.
struct RouteProblem: Sendable {
    var status: HTTPResponse.Status
    /// When it occurs, for the description.
    var note: String

    static func notFound(_ note: String) -> RouteProblem { RouteProblem(status: .notFound, note: note) }
    static func conflict(_ note: String) -> RouteProblem { RouteProblem(status: .conflict, note: note) }
    /// Of the right shape, but without sense.
    static func unprocessable(_ note: String) -> RouteProblem { RouteProblem(status: .unprocessableContent, note: note) }
    static func other(_ status: HTTPResponse.Status, _ note: String) -> RouteProblem { RouteProblem(status: status, note: note) }
}
