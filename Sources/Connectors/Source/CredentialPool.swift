import Foundation

/// Which of several tokens asks next: the one with the most left of its limit, as its answers have said.
///
/// A plain value; the client asks it before each request and tells it of each answer.
struct CredentialPool: Sendable {
    /// What a limit counts: GitHub has one for REST and one for GraphQL.
    enum Resource: Sendable, Hashable { case rest, graph }

    enum Choice: Sendable, Equatable {
        case use(Int)
        /// All that are accepted have used up their limits until then.
        case wait(until: Date)
    }

    private struct Budget {
        /// As the last answer said, less what has been asked since; nil before the first.
        var remaining: Int?
        var closedUntil: Date?
    }

    private struct Entry {
        var budgets: [Resource: Budget] = [:]
        /// The source has refused the token.
        var isRefused = false
    }

    private var entries: [Entry]

    /// - Parameter count: at least one.
    init(count: Int) { self.entries = Array(repeating: Entry(), count: max(1, count)) }

    /// - Parameter preferred: taken where it is open, for an entity tag is good for it alone.
    mutating func choose(_ resource: Resource, at now: Date, preferring preferred: Set<Int> = []) -> Choice {
        var best: (index: Int, key: (Int, Int))?
        var opening: Date?
        for index in self.entries.indices where !self.entries[index].isRefused {
            let budget = self.entries[index].budgets[resource] ?? Budget()
            if let until = budget.closedUntil, until > now {
                opening = min(opening ?? until, until)
                continue
            }
            let key = (preferred.contains(index) ? 1 : 0, budget.remaining ?? .max)
            if best.map({ key > $0.key }) ?? true { best = (index, key) }
        }
        guard let best else { return opening.map { .wait(until: $0) } ?? .use(0) }
        // Counted at once, so that requests under way together do not all take the last one.
        if let remaining = self.entries[best.index].budgets[resource]?.remaining, remaining != .max {
            self.entries[best.index].budgets[resource]?.remaining = max(0, remaining - 1)
        }
        return .use(best.index)
    }

    /// Notes what an answer said of the limit.
    ///
    /// - Parameter reset: when the limit opens again where nothing is left.
    mutating func observe(_ index: Int, _ resource: Resource, remaining: Int?, reset: Date?) {
        var budget = self.entries[index].budgets[resource] ?? Budget()
        if let remaining {
            budget.remaining = max(0, remaining)
            budget.closedUntil = remaining > 0 ? nil : reset
        }
        self.entries[index].budgets[resource] = budget
    }

    /// Nothing is asked with it until then.
    mutating func close(_ index: Int, _ resource: Resource, until: Date) {
        self.entries[index].budgets[resource, default: Budget()].closedUntil = until
    }

    /// - Returns: whether another one is left.
    mutating func refuse(_ index: Int) -> Bool {
        self.entries[index].isRefused = true
        return self.entries.contains { !$0.isRefused }
    }
}
