import Foundation
import Resilience
import Testing

struct BackoffTests {
    @Test("Delays double from the base and stop at the maximum")
    func growth() {
        let backoff = Backoff(base: .seconds(1), maximum: .seconds(10), jitter: 0)
        #expect((1...6).map { backoff.delay(after: $0, random: 0.5).seconds } == [1, 2, 4, 8, 10, 10])
        #expect(backoff.delay(after: .max, random: 0.5) == .seconds(10))
    }

    @Test("Jitter spreads a delay around its middle")
    func jitter() {
        let backoff = Backoff(base: .seconds(10), maximum: .seconds(10), jitter: 0.3)
        #expect(abs(backoff.delay(after: 1, random: 0).seconds - 7) < 1e-9)
        #expect(abs(backoff.delay(after: 1, random: 1).seconds - 13) < 1e-9)
    }

    @Test("Retry-After is read as seconds and as an HTTP date, and never negative")
    func retryAfter() {
        let now = Date(timeIntervalSince1970: 784_111_777)
        #expect(RetryAfter.parse("17", now: now) == .seconds(17))
        #expect(RetryAfter.parse(" 0.5 ", now: now) == .milliseconds(500))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:49:47 GMT", now: now) == .seconds(10))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == .zero)
        #expect(RetryAfter.parse("soon", now: now) == nil)
        for late in ["1e300", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            #expect(RetryAfter.parse(late, now: now) == .seconds(7 * 86_400))
        }
    }
}
