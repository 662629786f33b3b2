import Dispatch
import Synchronization
import Testing

@testable import Embedding

@Suite struct LaneExecutorTests {
    /// Waits for the others without giving its thread back, as a forward pass does.
    private actor Lane {
        private let executor = LaneExecutor(label: "test")
        nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

        func meet(_ arrivals: Meeting) -> Bool {
            arrivals.meet()
        }
    }

    private final class Meeting: Sendable {
        private let missing: Mutex<Int>
        private let complete = DispatchSemaphore(value: 0)
        private let size: Int

        init(size: Int) {
            self.size = size
            self.missing = Mutex(size)
        }

        /// Whether all came within ten seconds.
        func meet() -> Bool {
            let last = self.missing.withLock { missing in
                missing -= 1
                return missing == 0
            }
            if last { for _ in 0..<self.size { self.complete.signal() } }
            return self.complete.wait(timeout: .now() + 10) == .success
        }
    }

    @Test("Lanes that block have threads of their own, more than Swift's pool has")
    func threads() async {
        let meeting = Meeting(size: 24)
        let together = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<24 { group.addTask { await Lane().meet(meeting) } }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(together)
    }
}
