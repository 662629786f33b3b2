import Hummingbird
import Store

/// What a handler knows of its request besides the request itself.
struct PulseContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's own, where it sent a usable one.
    var requestID = ""
    /// Nil where no authentication is asked for.
    var principal: Principal?

    /// Bytes of a request's body.
    static let largestBody = 64 * 1024

    init(source: Source) {
        self.coreContext = CoreRequestContextStorage(source: source)
    }

    var maxUploadSize: Int { Self.largestBody }

    /// Who asks, if the key may do what `role` may.
    func requirePrincipal(_ role: Principal.Role = .viewer) throws(Problem) -> Principal {
        guard let principal = self.principal else { throw Problem.unauthenticated }
        guard principal.role >= role else { throw Problem.forbidden(needed: role, has: principal.role) }
        return principal
    }
}
