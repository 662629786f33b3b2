import Foundation
import Synchronization
import Testing

@testable import Vectorization

@Suite("Turns of writing", .timeLimit(.minutes(10)))
struct WriteTurnsTests {
    private let a = UUID()
    private let b = UUID()

    /// Who has begun, in the order in which they did.
    private final class Begun: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { self.names.withLock { $0 } }
        func add(_ name: String) { self.names.withLock { $0.append(name) } }
    }

    private func eventually(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("So many write at once and no more, the others in the order in which they came")
    func order() async throws {
        let turns = WriteTurns(limit: 2)
        let begun = Begun()
        let held = [await turns.turn(of: self.a), await turns.turn(of: self.a)]
        var tasks: [Task<Void, Never>] = []
        for name in ["1", "2", "3"] {
            tasks.append(
                Task {
                    let turn = await turns.turn(of: self.a)
                    begun.add(name)
                    turn.end()
                }
            )
            // The next one comes after it.
            try await self.eventually { turns.waiting(of: self.a) == tasks.count }
        }
        #expect(begun.all.isEmpty)
        held[0].end()
        for task in tasks { await task.value }
        #expect(begun.all == ["1", "2", "3"])
        held[1].end()
        #expect(turns.isIdle)
    }

    @Test("Another tenant does not wait")
    func apart() async {
        let turns = WriteTurns(limit: 1)
        let first = await turns.turn(of: self.a)
        let second = await turns.turn(of: self.b)
        first.end()
        second.end()
        #expect(turns.isIdle)
    }

    @Test("Who is cancelled waits no longer, and takes nobody's turn")
    func cancelled() async throws {
        let turns = WriteTurns(limit: 1)
        let held = await turns.turn(of: self.a)
        let waiting = Task { await turns.turn(of: self.a).end() }
        try await self.eventually { turns.waiting(of: self.a) == 1 }
        waiting.cancel()
        await waiting.value
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await turns.turn(of: self.a).end()
        }
        await early.value
        #expect(turns.waiting(of: self.a) == 0)
        held.end()
        await turns.turn(of: self.a).end()
        #expect(turns.isIdle)
    }
}
