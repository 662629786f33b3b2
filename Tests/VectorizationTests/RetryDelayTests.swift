import PulseModel
import Qdrant
import Testing

@testable import Vectorization

struct RetryDelayTests {
    @Test(
        "What Qdrant asks to wait after a write that it did not do is waited, whether or not it may have been done",
        arguments: [QdrantError.Kind.rateLimited, .unavailable, .unknownOutcome],
        [false, true]
    )
    func obeyed(kind: QdrantError.Kind, isDeletion: Bool) {
        let error = QdrantError(kind, operation: "write", status: 503, message: "busy", retryAfter: .seconds(40))
        let delay = self.delay(after: error, isDeletion: isDeletion)
        #expect(delay >= .seconds(40) && delay < .seconds(41))
        let silent = QdrantError(kind, operation: "write", status: 503, message: "busy")
        #expect((Duration.seconds(5)..<(.seconds(10))).contains(self.delay(after: silent, isDeletion: isDeletion)))
    }

    @Test("Nobody is waited for longer than an hour, nor for less than usual where nobody knows what was written")
    func bounded() {
        let long = Verdict.unknown(reason: "", retryAfter: .seconds(1_000_000))
        #expect(PassDriver.delay(after: long, attempts: 0) == .seconds(3_600))
        #expect(PassDriver.delay(after: .unknown(reason: "", retryAfter: .zero), attempts: 0) >= .seconds(5))
    }

    private func delay(after error: QdrantError, isDeletion: Bool) -> Duration {
        switch PassDriver.outcome(of: error, isDeletion: isDeletion) {
        case .applied: .zero
        case .unknown(let reason, let wait): PassDriver.delay(after: .unknown(reason: reason, retryAfter: wait), attempts: 0)
        case .failed(let failure): PassDriver.delay(after: .failed(failure), attempts: 0)
        }
    }
}
