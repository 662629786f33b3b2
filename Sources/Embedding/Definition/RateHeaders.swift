/// Names of the headers that tell what is left of the budget.
struct RateHeaders: Sendable, Equatable {
    var remainingRequests: String?
    var remainingTokens: String?
    /// Seconds, or a Go duration such as `6m0s`.
    var resetRequests: String?
    var resetTokens: String?
    /// A minute's worth; for rates that the file does not declare.
    var limitRequests: String?
    var limitTokens: String?
}
