import CoreMetrics
import Synchronization

/// One line of figures, or the lines of one histogram.
final class PrometheusSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    struct State {
        /// Of a histogram the sum.
        var value = 0.0
        var count = 0
        /// By bucket, each without the ones below it.
        var counts: [Int]
    }

    private let buckets: [Double]
    private let current: Mutex<State>

    init(buckets: [Double]) {
        self.buckets = buckets
        self.current = Mutex(State(counts: Array(repeating: 0, count: buckets.count)))
    }

    var state: State { self.current.withLock { $0 } }

    func increment(by amount: Int64) { self.add(Double(amount)) }
    func increment(by amount: Double) { self.add(amount) }
    func decrement(by amount: Double) { self.add(-amount) }
    func set(_ value: Int64) { self.set(Double(value)) }
    func set(_ value: Double) { self.current.withLock { $0.value = value } }
    func record(_ value: Int64) { self.record(Double(value)) }
    func record(_ value: Double) { if self.buckets.isEmpty { self.set(value) } else { self.observe(value) } }
    func recordNanoseconds(_ duration: Int64) { self.observe(Double(duration) / 1e9) }
    func reset() { self.current.withLock { $0 = State(counts: Array(repeating: 0, count: self.buckets.count)) } }

    private func add(_ amount: Double) { self.current.withLock { $0.value += amount } }

    private func observe(_ value: Double) {
        let bucket = self.buckets.firstIndex { value <= $0 }
        self.current.withLock { state in
            state.value += value
            state.count += 1
            if let bucket { state.counts[bucket] += 1 }
        }
    }
}
