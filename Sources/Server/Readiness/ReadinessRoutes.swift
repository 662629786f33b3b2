import Hummingbird

/// `GET /health` and `GET /ready`, for load balancers: no key is asked for.
struct ReadinessRoutes: Sendable {
    let readiness: CachedReadiness

    func add(to router: Router<PulseContext>) {
        router.get("/health") { _, _ in
            try JSONAnswer.response(["status": "ok"])
        }
        router.get("/ready") { _, _ in
            let checks = await self.readiness.current()
            let isReady = checks.allSatisfy(\.isReady)
            return try JSONAnswer.response(
                Answer(ready: isReady, checks: checks.map { Answer.Check(name: $0.name, ready: $0.isReady, reason: $0.reason) }),
                status: isReady ? .ok : .serviceUnavailable
            )
        }
    }

    private struct Answer: Encodable {
        struct Check: Encodable {
            var name: String
            var ready: Bool
            var reason: String?
        }

        var ready: Bool
        var checks: [Check]
    }
}
