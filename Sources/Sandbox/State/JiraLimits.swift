/// The played Jira's limits: a budget of points an hour for the whole site, and a bucket of requests a second for each endpoint.
struct JiraLimits: Sendable {
    /// Nil is without end. One for each request and one for each object that it answers.
    var pointsPerHour: Int?
    /// Nil is without end.
    var requestsPerSecond: Int?
    private var hour: Int64 = 0
    private var used = 0
    private var buckets: [String: (tokens: Double, at: Double)] = [:]

    init(pointsPerHour: Int? = nil, requestsPerSecond: Int? = nil) {
        self.pointsPerHour = pointsPerHour
        self.requestsPerSecond = requestsPerSecond
    }

    /// Why a request is not answered now.
    struct Refusal: Sendable {
        /// As Jira's `RateLimit-Reason` has it.
        var reason: String
        var retryAfter: Int
        var limit: Int
        var resetSeconds: Int64
    }

    /// Takes a request, or says why not.
    ///
    /// - Parameter now: seconds since 1970.
    mutating func admit(_ endpoint: String, now: Double) -> Refusal? {
        self.turn(now)
        if let limit = self.pointsPerHour, self.used >= limit {
            let reset = (self.hour + 1) * 3_600
            return Refusal(
                reason: "jira-quota-global-based",
                retryAfter: Int(reset - Int64(now)),
                limit: limit,
                resetSeconds: reset
            )
        }
        guard let rate = self.requestsPerSecond else { return nil }
        let bucket = self.buckets[endpoint] ?? (Double(rate), now)
        let tokens = min(Double(rate), bucket.tokens + (now - bucket.at) * Double(rate))
        guard tokens >= 1 else {
            self.buckets[endpoint] = (tokens, now)
            return Refusal(reason: "jira-burst-based", retryAfter: 1, limit: rate, resetSeconds: Int64(now) + 1)
        }
        self.buckets[endpoint] = (tokens - 1, now)
        return nil
    }

    /// - Returns: the headers of an answer that cost so many points.
    mutating func spend(_ points: Int, now: Double) -> [(name: String, value: String)] {
        self.turn(now)
        self.used += points
        guard let limit = self.pointsPerHour else { return [] }
        let left = max(0, limit - self.used)
        let reset = Instant(milliseconds: (self.hour + 1) * 3_600_000)
        var headers = [
            ("x-ratelimit-limit", String(limit)), ("x-ratelimit-remaining", String(left)), ("x-ratelimit-reset", reset.gitHub),
        ]
        if left * 5 < limit { headers.append(("x-ratelimit-nearlimit", "true")) }
        return headers
    }

    /// Quotas begin anew with each hour of UTC.
    private mutating func turn(_ now: Double) {
        let hour = Int64(now) / 3_600
        if hour != self.hour { (self.hour, self.used) = (hour, 0) }
    }
}
