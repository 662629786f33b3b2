import Resilience
import Testing

struct RateBudgetTests {
    @Test("Over ten minutes no more passes than the rate and one burst")
    func rateHeld() {
        var budget = RateBudget(.init(requestsPerMinute: 60))
        var sent = 0
        var now = Duration.zero
        while now < .seconds(600) {
            let (wait, granted) = budget.reserve(.init(), at: now, patience: .seconds(60))
            #expect(granted)
            now += wait
            if now < .seconds(600) { sent += 1 }
        }
        #expect((600...611).contains(sent))
    }

    @Test("Each reservation takes its place in line, so a large one is not overtaken for ever")
    func line() {
        var budget = RateBudget(.init(tokensPerMinute: 600))
        #expect(budget.reserve(.init(tokens: 100), at: .zero, patience: .seconds(99)).wait == .zero)
        let large = budget.reserve(.init(tokens: 100), at: .zero, patience: .seconds(99)).wait.seconds
        let small = budget.reserve(.init(tokens: 1), at: .zero, patience: .seconds(99)).wait.seconds
        #expect(abs(large - 10) < 0.01)
        #expect(small > large)
    }

    @Test("A cost beyond the bucket goes when the bucket is full, instead of never")
    func oversized() {
        var budget = RateBudget(.init(tokensPerMinute: 60))
        #expect(budget.reserve(.init(tokens: 1000), at: .zero, patience: .zero).granted)
        let next = budget.reserve(.init(tokens: 1), at: .zero, patience: .seconds(10))
        #expect(!next.granted)
        #expect(next.wait > .seconds(900))
    }

    @Test("What exceeds the caller's patience is not taken")
    func patience() {
        var budget = RateBudget(.init(requestsPerMinute: 6))
        #expect(budget.reserve(.init(), at: .zero, patience: .zero).granted)
        for _ in 0..<100 { #expect(!budget.reserve(.init(), at: .zero, patience: .seconds(1)).granted) }
        #expect(budget.reserve(.init(), at: .seconds(10), patience: .zero).granted)
    }

    @Test("A refusal pauses everyone for the time it names and halves the pace once")
    func refusal() {
        var budget = RateBudget(.init(requestsPerMinute: 600))
        budget.observe(.init(refused: true, retryAfter: .seconds(7)), at: .seconds(1))
        budget.observe(.init(refused: true, retryAfter: .seconds(7)), at: .seconds(1))
        #expect(budget.pause(at: .seconds(1)) == .seconds(7))
        #expect(budget.pace == 0.5)
        #expect(budget.reserve(.init(), at: .seconds(2), patience: .seconds(60)).wait >= .seconds(6))
        #expect(budget.pause(at: .seconds(8)) == .zero)
    }

    @Test("Refusals that name no time wait longer each time; answers bring the pace back")
    func refusalWithoutTime() {
        var budget = RateBudget(.init(requestsPerMinute: 600))
        budget.observe(.init(refused: true), at: .zero)
        let first = budget.pause(at: .zero)
        budget.observe(.init(refused: true), at: .seconds(100))
        #expect(budget.pause(at: .seconds(100)) > first)
        for second in 0..<100 { budget.observe(.init(), at: .seconds(200 + second)) }
        #expect(budget.pace == 1)
    }

    @Test("The remaining budget in an answer's headers lowers the level, and zero waits for the reset")
    func headers() {
        var budget = RateBudget(.init(requestsPerMinute: 6000, tokensPerMinute: 6_000_000))
        budget.observe(.init(remainingTokens: 10), at: .zero)
        #expect(budget.reserve(.init(tokens: 1000), at: .zero, patience: .seconds(60)).wait > .zero)
        budget.observe(.init(remainingRequests: 0, resetRequests: .seconds(12)), at: .zero)
        #expect(budget.pause(at: .zero) == .seconds(12))
    }

    @Test("Without declared rates only refusals hold requests back")
    func unlimited() {
        var budget = RateBudget(.init())
        for _ in 0..<1000 { #expect(budget.reserve(.init(tokens: 9999), at: .zero, patience: .zero) == (.zero, true)) }
        budget.observe(.init(refused: true, retryAfter: .seconds(3)), at: .zero)
        #expect(budget.reserve(.init(), at: .zero, patience: .seconds(9)).wait == .seconds(3))
    }

    @Test("The limiter in this process refuses what would be held back beyond its patience")
    func limiter() async throws {
        let limiter = InProcessRateLimiter(.init(requestsPerMinute: 6), patience: .milliseconds(10))
        try await limiter.admit(.init())
        await #expect(throws: RateLimitReached.self) { try await limiter.admit(.init()) }
    }
}
