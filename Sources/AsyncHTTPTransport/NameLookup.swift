import Foundation
import HTTPTransport
import Synchronization

/// All addresses that a host's name has now.
///
/// A look-up blocks a thread and cannot be ended. Therefore each has a thread of its own, ``LookupTurns`` says which may run, and
/// whoever asks waits no longer than it wants to: names whose servers never answer hold up nobody who asks for another one that did.
final class NameLookup: Sendable {
    typealias Answer = CheckedContinuation<[IPAddress], any Error>

    static let shared = NameLookup()
    /// How long an answer is good for: the requests of one page of work ask once.
    static let freshness = Duration.seconds(5)
    /// How long a request waits for an answer, where it has more time than that.
    static let patience = Duration.seconds(10)

    private let turns: Mutex<LookupTurns<Answer>>
    private let resolve: @Sendable (String) -> [IPAddress]

    /// - Parameters:
    ///   - threads: how many look-ups run at once.
    ///   - resolve: all addresses of a name; it may block.
    init(
        threads: Int = 16,
        freshness: Duration = NameLookup.freshness,
        resolve: @escaping @Sendable (String) -> [IPAddress] = SystemNames.addresses(of:)
    ) {
        self.turns = Mutex(LookupTurns(threads: threads, freshness: freshness))
        self.resolve = resolve
    }

    /// - Returns: none where the name is unknown.
    /// - Throws: ``NameUnanswered`` where no answer came within `patience`.
    func addresses(of host: String, within patience: Duration = NameLookup.patience) async throws -> [IPAddress] {
        if let literal = IPAddress(host) { return [literal] }
        let name = host.lowercased()
        if let fresh = self.turns.withLock({ $0.fresh(name, at: .now) }) { return fresh }
        return try await withThrowingTaskGroup(of: [IPAddress].self) { group in
            group.addTask { try await self.answer(for: name) }
            group.addTask {
                try await Task.sleep(for: patience)
                throw NameUnanswered()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    /// Waits for an answer until the task is cancelled; the look-up itself goes on.
    private func answer(for name: String) async throws -> [IPAddress] {
        let id = self.turns.withLock { $0.nextID() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (answer: Answer) in
                let names = self.turns.withLock { $0.ask(for: name, id: id, answer) }
                names.forEach(self.begin)
                // Cancelled before it was there to be left.
                if Task.isCancelled { self.leave(name, id: id) }
            }
        } onCancel: {
            self.leave(name, id: id)
        }
    }

    private func leave(_ name: String, id: Int) {
        self.turns.withLock { $0.leave(name, id: id) }?.resume(throwing: CancellationError())
    }

    private func begin(_ name: String) {
        Thread.detachNewThread {
            let addresses = self.resolve(name)
            let (answers, names) = self.turns.withLock { $0.end(name, addresses, at: .now) }
            for answer in answers { answer.resume(returning: addresses) }
            names.forEach(self.begin)
        }
    }
}

/// Those who serve a name have not said in time where it leads.
struct NameUnanswered: Error {}
