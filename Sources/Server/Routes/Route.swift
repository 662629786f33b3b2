import Hummingbird

/// One address of the API: what it takes, who may use it, what it answers, and what it does.
///
/// This one declaration is mounted into the router, checked on every request, and described in `/openapi.json`, so the three cannot
/// differ. To add routes, make a folder `Sources/Server/<Topic>/` with a ``RouteSet`` whose `routes` lists them, and name the set in
/// `PulseServer.routeSets`. A route says its method and whole path (`/api/v1/things/{id}`), an `id` for generated clients, its
/// `access` (the role is checked before the handler runs), the `parameters` and the `body` (unknown, missing and wrong ones are
/// refused before the handler runs), each status that it `answers` with its schema, and the `problems` that the handler throws
/// itself; 400, 401, 403, 404 of paths, 405, 408, 413, 422 of idempotency keys, 429 and 503 are described by themselves. The handler
/// gets a ``RouteCall``: `call.tenant`, `call.text("name")`, `call.integer("limit")`, `call.body(Fields.self)`; it returns
/// `call.answer(body)` and throws a ``Problem``. Answers must have exactly the members of their schema: tests and `Scripts/api-check`
/// compare. Another tenant's id must be answered like an unknown one, with ``Problem/notFound(_:remedy:)``.
struct Route: Sendable {
    typealias Handler = @Sendable (RouteCall) async throws -> Response

    var method: HTTPRequest.Method
    /// Whole, as `/api/v1/jobs/{job_name}`.
    var path: String
    /// Unique; names the operation for generated clients: `listJobs`.
    var id: String
    var access: RouteAccess
    var tag: RouteTag
    /// One line.
    var summary: String
    /// More, where there is more to say; Markdown.
    var details: String?
    var parameters: [RouteParameter]
    var body: RouteBody?
    var answers: [RouteAnswer]
    var problems: [RouteProblem]
    /// Whether the answer holds a secret: then it is kept for repeated requests only where it can be encrypted.
    var answersSecret: Bool
    var handler: Handler

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        id: String,
        access: RouteAccess,
        tag: RouteTag,
        summary: String,
        details: String? = nil,
        parameters: [RouteParameter] = [],
        body: RouteBody? = nil,
        answers: [RouteAnswer],
        problems: [RouteProblem] = [],
        answersSecret: Bool = false,
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.access = access
        self.tag = tag
        self.summary = summary
        self.details = details
        self.parameters = parameters
        self.body = body
        self.answers = answers
        self.problems = problems
        self.answersSecret = answersSecret
        self.handler = handler
    }

    /// Whether a client may send an `Idempotency-Key`.
    var takesIdempotencyKey: Bool { self.method == .post && self.access != .anyone }

    /// As the router writes it: `/api/v1/jobs/:job_name`.
    var routerPath: String { self.path.replacing("{", with: ":").replacing("}", with: "") }
}

/// The routes of one topic.
protocol RouteSet: Sendable {
    var routes: [Route] { get }
}
