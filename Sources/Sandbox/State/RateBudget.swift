/// The played GitHub's primary limit: so many requests an hour.
struct RateBudget: Sendable {
    let limit: Int
    private(set) var used = 0
    private(set) var reset: Int64 = 0

    init(limit: Int) {
        self.limit = limit
    }

    var remaining: Int { max(0, limit - used) }

    /// - Returns: whether the request may pass.
    mutating func spend(_ cost: Int, nowSeconds: Int64) -> Bool {
        if nowSeconds >= reset {
            used = 0
            reset = nowSeconds + 3600
        }
        guard used + cost <= limit else { return false }
        used += cost
        return true
    }

    mutating func giveBack(_ cost: Int) {
        used = max(0, used - cost)
    }
}
