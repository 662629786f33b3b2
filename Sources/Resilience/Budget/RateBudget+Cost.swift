extension RateBudget.Cost {
    static func + (a: Self, b: Self) -> Self {
        Self(requests: a.requests + b.requests, tokens: a.tokens + b.tokens, items: a.items + b.items)
    }

    static func - (a: Self, b: Self) -> Self {
        Self(requests: a.requests - b.requests, tokens: a.tokens - b.tokens, items: a.items - b.items)
    }

    /// Whether `b` covers `a` in each of its three parts.
    static func <= (a: Self, b: Self) -> Bool { a.requests <= b.requests && a.tokens <= b.tokens && a.items <= b.items }

    func least(_ other: Self) -> Self {
        Self(
            requests: min(self.requests, other.requests),
            tokens: min(self.tokens, other.tokens),
            items: min(self.items, other.items)
        )
    }

    func most(_ other: Self) -> Self {
        Self(
            requests: max(self.requests, other.requests),
            tokens: max(self.tokens, other.tokens),
            items: max(self.items, other.items)
        )
    }

    /// What is missing of this where `other` is there.
    func less(_ other: Self) -> Self { (self - other).most(.zero) }
}
