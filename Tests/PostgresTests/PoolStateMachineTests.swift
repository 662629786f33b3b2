import Testing

@testable import Postgres

@Suite("The pool's machine")
struct PoolStateMachineTests {
    @Test("Connections are opened up to the maximum, then tasks wait in order")
    func order() {
        var machine = PoolStateMachine(maximum: 1)
        #expect(machine.acquire(1) == .granted(.open(1)))
        #expect(machine.acquire(2) == .wait)
        #expect(machine.acquire(3) == .wait)
        #expect(machine.opened(1) == true)
        #expect(machine.release(1, isUsable: true) == .init(wake: .init(waiter: 2, grant: .use(1))))
        #expect(machine.release(1, isUsable: false) == .init(close: 1, wake: .init(waiter: 3, grant: .open(2))))
        #expect(machine.openingFailed(2) == nil)
        #expect(machine.count == 0)
    }

    @Test("Who found a broken connection is served before the others")
    func brokenFirst() {
        var machine = PoolStateMachine(maximum: 1)
        #expect(machine.acquire(1) == .granted(.open(1)))
        #expect(machine.acquire(2) == .wait)
        #expect(machine.acquire(3, isFirst: true) == .wait)
        #expect(machine.openingFailed(1) == .init(waiter: 3, grant: .open(2)))
    }

    @Test("After close nothing is granted, and what comes back is closed")
    func close() {
        var machine = PoolStateMachine(maximum: 2)
        #expect(machine.acquire(1) == .granted(.open(1)))
        #expect(machine.acquire(2) == .granted(.open(2)))
        #expect(machine.acquire(3) == .wait)
        #expect(machine.opened(1) == true)
        let closed = machine.close()
        #expect(closed.connections == [] && closed.waiters == [3])
        #expect(machine.opened(2) == false)
        #expect(machine.acquire(4) == .closed)
        #expect(machine.release(1, isUsable: true) == .init(close: 1))
        #expect(machine.count == 0)
        #expect(machine.abandon(3) == false)
    }

    /// What the outside knows of a pool, to hold the machine against.
    private struct Model {
        var open: Set<Int> = []
        var opening: [Int] = []
        var leased: [Int] = []
        var waiting: [Int] = []

        mutating func take(_ grant: PoolStateMachine.Grant) {
            switch grant {
            case .use(let id):
                #expect(self.open.contains(id) && !self.leased.contains(id))
                self.leased.append(id)
            case .open(let id):
                #expect(!self.open.contains(id) && !self.opening.contains(id))
                self.opening.append(id)
            }
        }

        mutating func wake(_ waking: PoolStateMachine.Waking?) {
            guard let waking else { return }
            #expect(waking.waiter == self.waiting.first)
            self.waiting.removeFirst()
            self.take(waking.grant)
        }
    }

    @Test("No order of events leaks a slot, serves out of turn, or lets a task starve", arguments: 1...20)
    func randomEvents(seed: UInt64) {
        var dice = Dice(seed: seed)
        let maximum = Int.random(in: 1...4, using: &dice)
        var machine = PoolStateMachine(maximum: maximum)
        var model = Model()
        for step in 1...2000 {
            switch Int.random(in: 0..<9, using: &dice) {
            case 0...3:
                let isFirst = Int.random(in: 0..<10, using: &dice) == 0
                switch machine.acquire(step, isFirst: isFirst) {
                case .granted(let grant): model.take(grant)
                case .wait: model.waiting.insert(step, at: isFirst ? 0 : model.waiting.count)
                case .closed: Issue.record("The pool is not closed.")
                }
            case 4:
                if let id = model.opening.popLast() {
                    #expect(machine.opened(id) == true)
                    model.open.insert(id)
                    model.leased.append(id)
                }
            case 5:
                if let id = model.opening.popLast() { model.wake(machine.openingFailed(id)) }
            case 6, 7:
                guard let index = model.leased.indices.randomElement(using: &dice) else { break }
                let id = model.leased.remove(at: index)
                let isUsable = Int.random(in: 0..<4, using: &dice) > 0
                let release = machine.release(id, isUsable: isUsable)
                #expect(release.close == (isUsable ? nil : id))
                if !isUsable { model.open.remove(id) }
                model.wake(release.wake)
            default:
                let waiter = model.waiting.randomElement(using: &dice) ?? -1
                #expect(machine.abandon(waiter) == model.waiting.contains(waiter))
                model.waiting.removeAll { $0 == waiter }
            }
            #expect(machine.count <= maximum)
            #expect(machine.waiters == model.waiting)
            #expect(machine.leased == Set(model.leased) && machine.opening == Set(model.opening))
            #expect(Set(machine.idle) == model.open.subtracting(model.leased) && Set(machine.idle).count == machine.idle.count)
            // Whoever waits, waits for a reason.
            if !model.waiting.isEmpty { #expect(machine.idle.isEmpty && machine.count == maximum) }
        }
        let idle = Set(machine.idle)
        let closed = machine.close()
        #expect(Set(closed.connections) == idle && closed.waiters == model.waiting)
        for id in model.leased { #expect(machine.release(id, isUsable: true).close == id) }
        for id in model.opening { #expect(machine.opened(id) == false) }
        #expect(machine.count == 0)
    }
}
