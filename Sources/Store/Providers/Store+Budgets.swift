import Crypto
import Foundation
import Postgres
public import Resilience

extension Store: BudgetLedger {
    /// How often it is tried without holding the budget; each loss is another's success.
    private static let freeTries = 5
    private static let heldTries = 3
    /// How long a process may hold the budget while it says nothing, as one that was stopped does.
    private static let longestHold = "3s"

    /// One exchange on the budget that all processes share.
    ///
    /// At first no lock is held while the budget is worked on: who finds that another was quicker reads again. Who is never the quickest
    /// (a slow machine among many) holds the budget for one exchange; PostgreSQL ends the hold of a process that is stopped in the middle.
    ///
    /// - Throws: ``StoreError/contended(_:)`` where even that failed, ``PostgresError``.
    public func exchange(_ offer: BudgetOffer, account: String, policy: BudgetPolicy) async throws -> BudgetTerms {
        for attempt in 1...Self.freeTries {
            if let terms = try await Self.exchange(
                offer,
                account: account,
                policy: policy,
                reading: "provider_budget",
                by: self.pool.query
            ) {
                return terms
            }
            try await Task.sleep(for: .milliseconds(Double.random(in: 0...Double(attempt))))
        }
        for _ in 1...Self.heldTries {
            let terms = try await self.pool.withTransaction(settings: ["idle_in_transaction_session_timeout": Self.longestHold]) {
                connection in
                try await Self.exchange(
                    offer,
                    account: account,
                    policy: policy,
                    reading: "hold_provider_budget",
                    by: connection.query
                )
            }
            // None only where the row is not there any more: it was not written to disk when PostgreSQL broke down.
            if let terms { return terms }
        }
        throw StoreError.contended("the budget of \(account)")
    }

    /// Nothing where somebody else has changed the budget since it was read.
    private static func exchange(
        _ offer: BudgetOffer,
        account: String,
        policy: BudgetPolicy,
        reading function: String,
        by query: (String, [PostgresValue]) async throws -> PostgresRows
    ) async throws -> BudgetTerms? {
        let key = PostgresValue.bytes(Array(SHA256.hash(data: Data(account.utf8))))
        guard let row = try await query("SELECT * FROM \(function)($1)", [key]).first else { return nil }
        let version: Int = try row.decode("version")
        let state: String? = try row.decode("state")
        var budget = try state.map { try JSONDecoder().decode(RateBudget.self, from: Data($0.utf8)) } ?? RateBudget()
        let terms = budget.exchange(offer, policy: policy, at: try row.decode("at"))
        let next = String(decoding: try JSONEncoder().encode(budget), as: UTF8.self)
        let kept = try await query(
            "SELECT keep_provider_budget($1, $2::text, $3, $4) AS kept",
            [key, .text(account), .int(version), .json(next)]
        )
        return try kept.first?.decode("kept") ?? false ? terms : nil
    }
}
