/// What one process says to the budget of an account, and asks of it.
public struct BudgetOffer: Sendable, Equatable {
    /// Another for each process.
    public var process: String
    /// Requests that it wants to have out at once; 0 gives all slots back.
    public var slots: Int
    /// Requests that are out now.
    public var out: Int
    /// What it wants to spend next.
    public var needs: RateBudget.Cost
    /// Somebody waits for the answer.
    public var isUrgent: Bool
    /// What it was given before and did not spend.
    public var unspent: RateBudget.Cost
    /// Answers since it last spoke that were no refusals.
    public var answers: Int
    /// The least that answers have left since then.
    public var observation: RateBudget.Observation?

    public init(
        process: String,
        slots: Int,
        out: Int = 0,
        needs: RateBudget.Cost = .zero,
        isUrgent: Bool = false,
        unspent: RateBudget.Cost = .zero,
        answers: Int = 0,
        observation: RateBudget.Observation? = nil
    ) {
        self.process = process
        self.slots = slots
        self.out = out
        self.needs = needs
        self.isUrgent = isUrgent
        self.unspent = unspent
        self.answers = answers
        self.observation = observation
    }
}

/// What the budget answers.
public struct BudgetTerms: Sendable, Equatable {
    /// Requests that the process may have out at once.
    public var slots: Int
    /// Seconds during which nobody may send anything.
    public var pause: Double
    /// Seconds until what it asked for may be spent, or until asking again may help.
    public var wait = 0.0
    /// Whether what it asked for is its own.
    public var isGranted = false
    /// The rates in force, those included that the service itself has named.
    public var rates: RateBudget.Rates

    public init(
        slots: Int,
        pause: Double = 0,
        wait: Double = 0,
        isGranted: Bool = false,
        rates: RateBudget.Rates = .init()
    ) {
        self.slots = slots
        self.pause = pause
        self.wait = wait
        self.isGranted = isGranted
        self.rates = rates
    }
}
