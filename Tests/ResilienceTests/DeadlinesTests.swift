import Resilience
import Synchronization
import Testing

@Suite("Deadlines that share a timer") struct DeadlinesTests {
    private struct Refusal: Error {}

    private let deadlines = Deadlines(step: .milliseconds(20))

    @Test("What ends in time is handed on, whether it returns or throws")
    func inTime() async throws {
        let value = try await self.deadlines.run(within: .seconds(60)) { 7 }
        #expect(value == 7)
        await #expect(throws: Refusal.self) {
            _ = try await self.deadlines.run(within: .seconds(60)) { () async throws -> Int in throw Refusal() }
        }
    }

    @Test("What takes longer is cancelled, among many that do not, and what still comes of it is told")
    func late() async throws {
        let late = LateSum()
        let values = try await withThrowingTaskGroup(of: Int?.self) { group in
            for number in 0..<100 {
                group.addTask { try await self.value(of: number, late: late) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values.filter { $0 == nil }.count == 1)
        #expect(Set(values.compactMap { $0 }) == Set(0..<100).subtracting([50]))
        #expect(late.value == 50)
        // The timer has come to rest meanwhile, and begins again.
        try await Task.sleep(for: .milliseconds(100))
        let again: Void? = try await self.deadlines.run(within: .milliseconds(50)) { try await Task.sleep(for: .seconds(60)) }
        #expect(again == nil)
    }

    /// The fiftieth would take a minute, and has less.
    private func value(of number: Int, late: LateSum) async throws -> Int? {
        let limit = number == 50 ? Duration.milliseconds(50) : .seconds(60)
        return try await self.deadlines.run(
            within: limit,
            {
                try? await Task.sleep(for: number == 50 ? .seconds(60) : .milliseconds(number))
                return number
            },
            late: { late.add($0) }
        )
    }

    private final class LateSum: Sendable {
        private let sum = Atomic(0)

        func add(_ value: Int) { self.sum.add(value, ordering: .relaxed) }
        var value: Int { self.sum.load(ordering: .relaxed) }
    }

    @Test("Who is cancelled while it waits takes the work along")
    func cancelled() async {
        let task = Task { try await self.deadlines.run(within: .seconds(60)) { try await Task.sleep(for: .seconds(60)) } }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
