import Synchronization

/// Where the budgets of accounts stand for all processes to see.
public protocol BudgetLedger: Sendable {
    /// One ``RateBudget/exchange(_:policy:at:)`` on the account's budget, as if nobody else did one at the same time.
    ///
    /// - Parameter account: a name that tells the account from all others and holds no secret.
    func exchange(_ offer: BudgetOffer, account: String, policy: BudgetPolicy) async throws -> BudgetTerms
}

/// The ledger of a process that shares its budgets with no other, and the double for tests.
public final class LocalBudgetLedger: BudgetLedger {
    private let origin = ContinuousClock.now
    private let budgets = Mutex<[String: RateBudget]>([:])

    public init() {}

    public func exchange(_ offer: BudgetOffer, account: String, policy: BudgetPolicy) async throws -> BudgetTerms {
        let now = (ContinuousClock.now - self.origin).seconds
        return self.budgets.withLock { $0[account, default: RateBudget()].exchange(offer, policy: policy, at: now) }
    }
}
