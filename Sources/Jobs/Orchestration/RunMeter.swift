import PulseModel
import Store
import Synchronization

/// What a running job says of itself.
final class RunMeter: Sendable {
    struct Word: Equatable {
        var operation = "starting"
        /// 0 to 100.
        var share = 0.0
        var count = 0
        /// Until when no other word is to be expected; what works beside the one that waits does not take it back.
        var quietUntil = ContinuousClock.now
        /// Whether the last word was of a wait: nothing works beside it.
        var isOfWait = false
    }

    private struct State {
        var word = Word()
        var requests = 0
        var bytes = 0
        var steps: [RunStep] = []
        var peakMemory: Int?
    }

    private let state = Mutex(State())
    private let processorSecondsBefore = ProcessUse.processorSeconds

    var word: Word { self.state.withLock { $0.word } }
    /// Whether the run waits for its source, and for nothing of this process.
    var isWaiting: Bool { self.state.withLock { $0.word.isOfWait && $0.word.quietUntil > .now } }
    var steps: [RunStep] { self.state.withLock { $0.steps } }

    /// What the run has cost so far, the database apart.
    var costs: RunCosts {
        self.sample()
        return self.state.withLock { state in
            RunCosts(
                requests: state.requests,
                bytes: state.bytes,
                cpuSeconds: ProcessUse.processorSeconds - self.processorSecondsBefore,
                peakMemory: state.peakMemory
            )
        }
    }

    /// Looks at the memory; to be called now and then while the run goes on.
    func sample() {
        guard let bytes = ProcessUse.residentBytes else { return }
        self.state.withLock { $0.peakMemory = max($0.peakMemory ?? 0, bytes) }
    }

    func report(_ operation: String, share: Double?, quietFor quiet: Duration) {
        let now = ContinuousClock.now
        self.state.withLock { state in
            state.word.operation = operation
            state.word.share = min(max(share ?? state.word.share, state.word.share), 100)
            state.word.count += 1
            state.word.quietUntil = max(state.word.quietUntil, now + quiet)
            state.word.isOfWait = quiet > .zero
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
