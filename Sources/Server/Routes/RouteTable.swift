import Hummingbird
import Resilience
import Store

/// All routes of the service: what the router serves is what `/openapi.json` describes.
struct RouteTable: Sendable {
    let routes: [Route]
    /// The parts of each path, with its methods; to tell an unknown address from a known one that was asked wrongly.
    private let methods: [(parts: [Substring], methods: [String])]

    init(_ routes: [Route]) {
        self.routes = routes
        var methods: [String: [String]] = [:]
        for route in routes {
            methods[route.path, default: []].append(route.method.rawValue)
            if route.method == .get { methods[route.path, default: []].append("HEAD") }
        }
        self.methods = methods.map { path, methods in
            (path.split(separator: "/", omittingEmptySubsequences: false), methods.sorted())
        }
    }

    /// Puts each route behind its responder.
    func mount(
        on router: Router<PulseContext>,
        authenticator: Authenticator,
        budgets: RequestBudgets,
        repeats: RepeatedRequests,
        bodyDeadline: Duration
    ) {
        let deadlines = Deadlines()
        for route in self.routes {
            let responder = RouteResponder(
                route: route,
                bodyDeadline: bodyDeadline,
                deadlines: deadlines,
                authenticator: authenticator,
                budgets: budgets,
                repeats: repeats
            )
            router.on(RouterPath(route.routerPath), method: route.method) { request, context in
                try await responder.respond(to: request, context: context)
            }
        }
    }

    /// The route that answers `method` at `path`; words of a path go before its parameters.
    func route(_ method: HTTPRequest.Method, _ path: String) -> Route? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return self.routes
            .filter {
                $0.method == method && Self.matches($0.path.split(separator: "/", omittingEmptySubsequences: false), parts)
            }
            .min { left, right in left.path.count { $0 == "{" } < right.path.count { $0 == "{" } }
    }

    /// The methods that an address takes; none where there is no such address. As in the router, words go before parameters.
    func methods(at path: String) -> [String] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return self.methods.filter { Self.matches($0.parts, parts) }
            .min { left, right in left.parts.count { $0.first == "{" } < right.parts.count { $0.first == "{" } }?
            .methods ?? []
    }

    private static func matches(_ known: [Substring], _ parts: [Substring]) -> Bool {
        known.count == parts.count && zip(known, parts).allSatisfy { $0 == $1 || ($0.first == "{" && !$1.isEmpty) }
    }
}
