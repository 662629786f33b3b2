/// Holds this process's requests to one account back as the budget that all processes share allows.
///
/// The database, or whatever the ledger is, is asked about twice a second while there is work, and at once when the service has
/// refused; not for each request.
public actor SharedRateLimiter: RateLimiting {
    private let account: String
    private let policy: BudgetPolicy
    private let ledger: any BudgetLedger
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var desk: BudgetDesk
    private var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
    private var isClosed = false
    private var alarm: (at: Double, task: Task<Void, Never>)?

    /// - Parameters:
    ///   - account: a name that tells the account from all others and holds no secret.
    ///   - process: another for each process.
    ///   - patience: the longest time a request is held back; beyond it ``RateLimitReached`` says when to come again.
    public init(
        account: String,
        policy: BudgetPolicy,
        ledger: any BudgetLedger,
        process: String,
        patience: Duration = .seconds(30)
    ) {
        self.account = account
        self.policy = policy
        self.ledger = ledger
        self.desk = BudgetDesk(process: process, policy: policy, patience: patience.seconds)
        self.origin = self.clock.now
    }

    deinit { self.alarm?.task.cancel() }

    public func admit(_ cost: RateBudget.Cost, payer: String, isUrgent: Bool) async throws {
        try Task.checkCancellation()
        guard !self.isClosed else { throw CancellationError() }
        let ticket = self.desk.arrive(cost, payer: payer, isUrgent: isUrgent, at: self.now)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.waiting[ticket] = continuation
                self.step()
            }
        } onCancel: {
            Task { await self.leave(ticket) }
        }
    }

    public func ended(_ observation: RateBudget.Observation?) {
        self.desk.ended(observation, at: self.now)
        self.step()
    }

    /// Gives back what this process holds, so that the next need not wait for its lease to run out. Nothing is admitted after it.
    public func close() async {
        self.isClosed = true
        self.alarm?.task.cancel()
        for continuation in self.waiting.values { continuation.resume(throwing: CancellationError()) }
        self.waiting = [:]
        guard let offer = self.desk.close() else { return }
        // Where the ledger is away, the lease runs out by itself.
        _ = try? await self.ledger.exchange(offer, account: self.account, policy: self.policy)
    }

    private var now: Double { (self.clock.now - self.origin).seconds }

    private func leave(_ ticket: Int) {
        // Else it has been admitted or turned away already.
        guard let continuation = self.waiting.removeValue(forKey: ticket) else { return }
        self.desk.leave(ticket, at: self.now)
        continuation.resume(throwing: CancellationError())
        self.step()
    }

    private func step() {
        guard !self.isClosed else { return }
        let (steps, wake) = self.desk.steps(at: self.now)
        for step in steps {
            switch step {
            case .admit(let ticket):
                self.waiting.removeValue(forKey: ticket)?.resume()
            case .turnAway(let ticket, let seconds):
                self.waiting.removeValue(forKey: ticket)?.resume(throwing: RateLimitReached(retryAfter: .seconds(seconds)))
            case .exchange(let offer):
                // Nobody's own: whoever waits for it may be cancelled, and the others still want the answer.
                Task { await self.exchange(offer) }
            }
        }
        self.set(alarm: wake)
    }

    private func exchange(_ offer: BudgetOffer) async {
        let asked = self.now
        do {
            let terms = try await self.ledger.exchange(offer, account: self.account, policy: self.policy)
            self.desk.exchanged(terms, asked: asked, at: self.now)
        } catch {
            // Nothing goes without the budget: those who wait are turned away when their patience ends.
            self.desk.exchangeFailed(offer, at: self.now)
        }
        self.step()
    }

    private func set(alarm wake: Double?) {
        if let alarm, alarm.at == wake { return }
        self.alarm?.task.cancel()
        self.alarm = wake.map { wake in
            (
                wake,
                Task { [weak self, clock, origin] in
                    do { try await clock.sleep(until: origin + .seconds(wake)) } catch { return }
                    await self?.rung(wake)
                }
            )
        }
    }

    private func rung(_ wake: Double) {
        if self.alarm?.at == wake { self.alarm = nil }
        self.step()
    }
}
