extension Fault {
    /// Reads `{"kind": "status|reset|slow|truncated|secondary_limit|partial|hole|resource_limits|churn", "status": 503, "retry_after": 2, "delay_ms": 500, "path": "/jira", "count": 3,
    /// "probability": 0.5, "seed": 7}`. `count` is 1 where it is left out and endless where it is null.
    init(json: JSONValue) throws(SandboxError) {
        let kind: Kind
        switch json["kind"]?.stringValue ?? (json["status"] == nil ? "" : "status") {
        case "status":
            let status = json["status"]?.intValue ?? 500
            guard (400...599).contains(status) else {
                throw SandboxError("A fault's status goes from 400 to 599, not \(status).")
            }
            kind = .status(status, retryAfter: json["retry_after"]?.intValue)
        case "reset":
            kind = .reset
        case "slow":
            kind = .slow(.milliseconds(min(600_000, max(0, json["delay_ms"]?.intValue ?? 1000))))
        case "truncated":
            kind = .truncated
        case "secondary_limit":
            kind = .secondaryLimit(retryAfter: json["retry_after"]?.intValue)
        case "partial":
            kind = .partial
        case "hole":
            kind = .hole
        case "resource_limits":
            kind = .resourceLimits
        case "churn":
            kind = .churn
        case let other:
            throw SandboxError(
                "A fault's kind is status, reset, slow, truncated, secondary_limit, partial, hole, resource_limits or churn, not \"\(other)\"."
            )
        }
        let count: Int? =
            switch json["count"] {
            case nil: 1
            case .null?: nil
            case let value?: max(1, value.intValue ?? 1)
            }
        self.init(
            kind,
            pathPrefix: json["path"]?.stringValue ?? "/",
            count: count,
            probability: json["probability"]?.doubleValue ?? 1,
            seed: UInt64(max(0, json["seed"]?.intValue ?? 1))
        )
    }
}
