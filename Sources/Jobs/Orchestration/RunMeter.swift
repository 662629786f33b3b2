import PulseModel
import Synchronization

/// What a running job says of itself.
final class RunMeter: Sendable {
    struct Word: Equatable {
        var operation = "starting"
        /// 0 to 100.
        var share = 0.0
        var count = 0
    }

    private struct State {
        var word = Word()
        var requests = 0
        var bytes = 0
        var steps: [RunStep] = []
    }

    private let state = Mutex(State())

    var word: Word { self.state.withLock { $0.word } }
    var steps: [RunStep] { self.state.withLock { $0.steps } }
    var costs: (requests: Int, bytes: Int) { self.state.withLock { ($0.requests, $0.bytes) } }

    func report(_ operation: String, share: Double?) {
        self.state.withLock { state in
            state.word.operation = operation
            state.word.share = min(max(share ?? state.word.share, state.word.share), 100)
            state.word.count += 1
        }
    }

    func count(requests: Int, bytes: Int) {
        self.state.withLock { state in
            state.requests += requests
            state.bytes += bytes
        }
    }

    func keep(_ steps: [RunStep]) { self.state.withLock { $0.steps += steps } }
}
