import Resilience

/// Several processes with their desks, one budget, and a service, in a time of its own.
struct BudgetSimulation {
    struct Sent {
        var at: Double
        var process: Int
        var payer: String
        var cost: RateBudget.Cost
    }

    private enum Event {
        case wake(Int, Double)
        case reach(Int, BudgetOffer, asked: Double)
        case answer(Int, BudgetTerms, asked: Double)
        case end(Int, payer: String)
        case crash(Int)
    }

    private struct Process {
        var desk: BudgetDesk
        var tickets: [Int: (payer: String, cost: RateBudget.Cost)] = [:]
        var out = 0
        var wake = Double.infinity
        var isAlive = true
    }

    let policy: BudgetPolicy
    var random: Seeded
    /// Whether the service refuses a request that reaches it then, and what it asks to wait.
    var refuses: (Double) -> Duration? = { _ in nil }
    private var budget = RateBudget()
    private var processes: [Process] = []
    private var events: [(at: Double, order: Int, event: Event)] = []
    private var order = 0
    private(set) var now = 0.0
    private(set) var sent: [Sent] = []
    private(set) var turnedAway = 0
    private(set) var exchanges = 0
    private(set) var mostOut = 0
    private(set) var refusedAt: [Double] = []
    let cost: (inout Seeded) -> RateBudget.Cost

    init(
        processes: Int,
        policy: BudgetPolicy,
        seed: UInt64,
        patience: Double = 30,
        cost: @escaping (inout Seeded) -> RateBudget.Cost
    ) {
        self.policy = policy
        self.random = Seeded(state: seed)
        self.cost = cost
        self.processes = (0..<processes).map {
            Process(desk: BudgetDesk(process: "p\($0)", policy: policy, patience: patience))
        }
    }

    /// Keeps that many requests of a payer going in one process, for ever.
    mutating func lane(_ process: Int, payer: String) {
        self.arrive(process, payer: payer)
        self.step(process)
    }

    mutating func crash(_ process: Int, at time: Double) { self.plan(.crash(process), at: time) }

    mutating func run(until end: Double) {
        while let next = self.events.indices.min(by: { self.before($0, $1) }), self.events[next].at <= end {
            let (at, _, event) = self.events.remove(at: next)
            self.now = at
            self.handle(event)
        }
        self.now = end
    }

    /// The most that went in any minute.
    func most(_ amount: (RateBudget.Cost) -> Int) -> Int {
        var most = 0
        var sum = 0
        var first = 0
        for last in self.sent.indices {
            sum += amount(self.sent[last].cost)
            while self.sent[first].at < self.sent[last].at - 60 {
                sum -= amount(self.sent[first].cost)
                first += 1
            }
            most = max(most, sum)
        }
        return most
    }

    private func before(_ a: Int, _ b: Int) -> Bool {
        (self.events[a].at, self.events[a].order) < (self.events[b].at, self.events[b].order)
    }

    private mutating func plan(_ event: Event, at time: Double) {
        self.order += 1
        self.events.append((time, self.order, event))
    }

    private mutating func arrive(_ process: Int, payer: String) {
        let cost = self.cost(&self.random)
        let ticket = self.processes[process].desk.arrive(cost, payer: payer, isUrgent: false, at: self.now)
        self.processes[process].tickets[ticket] = (payer, cost)
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .wake(let process, let time):
            guard self.processes[process].wake == time else { return }
            self.processes[process].wake = .infinity
            self.step(process)
        case .reach(let process, let offer, let asked):
            self.exchanges += 1
            let terms = self.budget.exchange(offer, policy: self.policy, at: self.now)
            self.plan(.answer(process, terms, asked: asked), at: self.now + 0.001)
        case .answer(let process, let terms, let asked):
            guard self.processes[process].isAlive else { return }
            self.processes[process].desk.exchanged(terms, asked: asked, at: self.now)
            self.step(process)
        case .end(let process, let payer):
            guard self.processes[process].isAlive else { return }
            self.processes[process].out -= 1
            let wait = self.refuses(self.now)
            if wait != nil { self.refusedAt.append(self.now) }
            self.processes[process].desk.ended(.init(refused: wait != nil, retryAfter: wait), at: self.now)
            self.arrive(process, payer: payer)
            self.step(process)
        case .crash(let process):
            self.processes[process].isAlive = false
            self.processes[process].out = 0
        }
    }

    private mutating func step(_ process: Int) {
        guard self.processes[process].isAlive else { return }
        let (steps, wake) = self.processes[process].desk.steps(at: self.now)
        for step in steps {
            switch step {
            case .admit(let ticket):
                guard let (payer, cost) = self.processes[process].tickets.removeValue(forKey: ticket) else { continue }
                self.sent.append(Sent(at: self.now, process: process, payer: payer, cost: cost))
                self.processes[process].out += 1
                self.mostOut = max(self.mostOut, self.processes.reduce(0) { $0 + $1.out })
                self.plan(.end(process, payer: payer), at: self.now + .random(in: 0.02...0.3, using: &self.random))
            case .turnAway(let ticket, _):
                guard let (payer, _) = self.processes[process].tickets.removeValue(forKey: ticket) else { continue }
                self.turnedAway += 1
                self.arrive(process, payer: payer)
                self.plan(.wake(process, self.now + 0.01), at: self.now + 0.01)
                self.processes[process].wake = self.now + 0.01
            case .exchange(let offer):
                self.plan(.reach(process, offer, asked: self.now), at: self.now + 0.001)
            }
        }
        if let wake, wake < self.processes[process].wake || self.processes[process].wake <= self.now {
            self.processes[process].wake = wake
            self.plan(.wake(process, wake), at: wake)
        }
    }
}

struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
