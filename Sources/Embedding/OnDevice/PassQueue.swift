import Synchronization

/// Numbers of forward passes that lanes take from, each once.
final class PassQueue: Sendable {
    private let remaining: Mutex<Range<Int>>

    init(count: Int) {
        self.remaining = Mutex(0..<count)
    }

    func take() -> Int? {
        self.remaining.withLock { $0.popFirst() }
    }
}
