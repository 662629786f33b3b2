/// What an account of a service allows, as its provider file says.
public struct BudgetPolicy: Sendable, Equatable {
    public var rates: RateBudget.Rates
    /// Requests out at once, over all processes.
    public var concurrency: Int

    public init(rates: RateBudget.Rates = .init(), concurrency: Int) {
        self.rates = rates
        self.concurrency = max(1, concurrency)
    }
}
