import Foundation
import Testing

@testable import Connectors

@Suite("Several tokens")
struct CredentialPoolTests {
    private let now = Date(timeIntervalSince1970: 1_750_000_000)

    @Test("The token with the most left asks next, each API counted by itself")
    func mostLeft() {
        var pool = CredentialPool(count: 2)
        pool.observe(0, .rest, remaining: 10, reset: nil)
        pool.observe(1, .rest, remaining: 500, reset: nil)
        let choice1 = pool.choose(.rest, at: self.now)
        #expect(choice1 == .use(1))
        pool.observe(1, .rest, remaining: 3, reset: nil)
        let choice2 = pool.choose(.rest, at: self.now)
        #expect(choice2 == .use(0))
        pool.observe(0, .graph, remaining: 1, reset: nil)
        pool.observe(1, .graph, remaining: 2, reset: nil)
        let choice3 = pool.choose(.graph, at: self.now)
        #expect(choice3 == .use(1))
    }

    @Test("A spent token rests until its limit opens; when all rest, the first to open is waited for")
    func spent() {
        var pool = CredentialPool(count: 2)
        pool.observe(0, .rest, remaining: 0, reset: self.now + 600)
        let choice4 = pool.choose(.rest, at: self.now)
        #expect(choice4 == .use(1))
        pool.observe(1, .rest, remaining: 0, reset: self.now + 60)
        let choice5 = pool.choose(.rest, at: self.now)
        #expect(choice5 == .wait(until: self.now + 60))
        let choice6 = pool.choose(.rest, at: self.now + 61)
        #expect(choice6 == .use(1))
        let choice7 = pool.choose(.graph, at: self.now)
        #expect(choice7 == .use(0), "the other API has a limit of its own")
    }

    @Test("Less than nothing that is left counts as nothing")
    func lessThanNothing() {
        var pool = CredentialPool(count: 1)
        pool.observe(0, .rest, remaining: .min, reset: nil)
        let choice = pool.choose(.rest, at: self.now)
        #expect(choice == .use(0))
    }

    @Test("Requests under way together count before their answers come")
    func inFlight() {
        var pool = CredentialPool(count: 2)
        pool.observe(0, .rest, remaining: 4, reset: nil)
        pool.observe(1, .rest, remaining: 3, reset: nil)
        var order: [CredentialPool.Choice] = []
        for _ in 0..<4 { order.append(pool.choose(.rest, at: self.now)) }
        #expect(order == [.use(0), .use(0), .use(1), .use(0)])
    }

    @Test("A refused token is never asked with again, and the last one that is refused ends it")
    func refused() {
        var pool = CredentialPool(count: 2)
        let isOneLeft = pool.refuse(0)
        let next = pool.choose(.rest, at: self.now)
        let isOneLeftAfterwards = pool.refuse(1)
        #expect(isOneLeft && next == .use(1) && !isOneLeftAfterwards)
    }
}
