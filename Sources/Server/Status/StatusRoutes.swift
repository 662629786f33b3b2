import Hummingbird
import Logging
import Store

/// How far the tenant is indexed, what was given up, and the way back for it.
struct StatusRoutes: Sendable {
    let store: Store

    private static let failureLimits = 1...1_000

    func add(to group: RouterGroup<PulseContext>) {
        group.get("/status") { request, context in
            let principal = try context.requirePrincipal()
            _ = try QueryParameters(request.uri.query, known: [])
            let space = try await self.store.liveSpace(tenant: principal.tenant)
            return try JSONAnswer.response(
                StatusBody(
                    tenant: principal.tenantName,
                    space: space,
                    // Before the first vectorization there is no space, and no ledger of the empty name.
                    counts: try await self.store.tableCounts(tenant: principal.tenant, space: space?.space ?? ""),
                    backlog: try await self.store.backlog(tenant: principal.tenant)
                )
            )
        }
        group.get("/vectorization/failures") { request, context in
            let principal = try context.requirePrincipal()
            let parameters = try QueryParameters(request.uri.query, known: ["limit"])
            let limit = try Self.limit(try parameters.one("limit"))
            let letters = try await self.store.deadLetters(tenant: principal.tenant, limit: limit)
            return try JSONAnswer.response(["failures": letters.map(FailureBody.init)])
        }
        group.post("/vectorization/requeue") { request, context in
            let principal = try context.requirePrincipal(.operator)
            let fields = try await StrictJSON.decode(RequeueFields.self, from: request, emptyIs: RequeueFields())
            let count = try await self.store.requeue(tenant: principal.tenant, table: fields.table, kind: fields.kind)
            context.logger.info("given-up rows were requeued", metadata: ["rows": "\(count)", "key": "\(principal.key)"])
            return try JSONAnswer.response(["requeued": count])
        }
    }

    private static func limit(_ text: String?) throws(Problem) -> Int {
        guard let text else { return 100 }
        guard let number = Int(text), Self.failureLimits.contains(number) else {
            throw Problem.invalid(
                "limit",
                "\(text.prefix(100)) is not allowed",
                allowed: "give a whole number from \(Self.failureLimits.lowerBound) to \(Self.failureLimits.upperBound)"
            )
        }
        return number
    }
}
