import Crypto
import Foundation
import Postgres
public import Resilience

extension Store: BudgetLedger {
    private static let exchangeTries = 50

    /// One exchange on the budget that all processes share.
    ///
    /// No lock is held while the budget is worked on: a process that is stopped in the middle holds up nobody. Who finds that another
    /// was quicker reads again.
    public func exchange(_ offer: BudgetOffer, account: String, policy: BudgetPolicy) async throws -> BudgetTerms {
        let key = PostgresValue.bytes(Array(SHA256.hash(data: Data(account.utf8))))
        for attempt in 1...Self.exchangeTries {
            guard let row = try await self.pool.query("SELECT * FROM provider_budget($1)", [key]).first else { break }
            let version: Int = try row.decode("version")
            let state: String? = try row.decode("state")
            var budget = try state.map { try JSONDecoder().decode(RateBudget.self, from: Data($0.utf8)) } ?? RateBudget()
            let terms = budget.exchange(offer, policy: policy, at: try row.decode("at"))
            let next = String(decoding: try JSONEncoder().encode(budget), as: UTF8.self)
            let kept = try await self.pool.query(
                "SELECT keep_provider_budget($1, $2::text, $3, $4) AS kept",
                [key, .text(account), .int(version), .json(next)]
            )
            if try kept.first?.decode("kept") ?? false { return terms }
            try await Task.sleep(for: .milliseconds(Double.random(in: 0...Double(min(attempt, 10)))))
        }
        throw StoreError.contended("the budget of \(account)")
    }
}
