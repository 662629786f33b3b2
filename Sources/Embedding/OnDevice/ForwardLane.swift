import Synchronization

/// One forward pass at a time, on a thread of its own.
actor ForwardLane {
    private let executor: LaneExecutor
    private let pass: ForwardPass
    /// Runs that wait or are under way; others choose the emptiest lane by it.
    nonisolated let pending = Atomic<Int>(0)

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(label: String, weights: MiniLMWeights, capacity: Int) {
        self.executor = LaneExecutor(label: label)
        self.pass = ForwardPass(weights: weights, capacity: capacity)
    }

    func run(_ texts: [[Int32]]) -> [[Float]?] {
        self.pass.run(texts)
    }
}
