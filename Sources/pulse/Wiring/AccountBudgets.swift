import Foundation
import Resilience
import Synchronization

/// This process's limiters, one for each account and what its provider file allows.
final class AccountBudgets: Sendable {
    private let ledger: any BudgetLedger
    private let limiters = Mutex<[String: (policy: BudgetPolicy, limiter: SharedRateLimiter)]>([:])

    init(ledger: any BudgetLedger) {
        self.ledger = ledger
    }

    /// Gives back what this process holds; where the database is away, leases run out by themselves.
    func close() async {
        let limiters = self.limiters.withLock { $0.values.map(\.limiter) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for limiter in limiters { await limiter.close() } }
            group.addTask { try? await Task.sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
    }

    func limiter(account: String, policy: BudgetPolicy) -> SharedRateLimiter {
        self.limiters.withLock { limiters in
            if let known = limiters[account], known.policy == policy { return known.limiter }
            let limiter = SharedRateLimiter(
                account: account,
                policy: policy,
                ledger: self.ledger,
                process: UUID().uuidString.lowercased()
            )
            limiters[account] = (policy, limiter)
            return limiter
        }
    }
}
