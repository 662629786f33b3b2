import Foundation

/// What waits to be sent to one client, in order.
///
/// Of each run's progress only the newest waits; events all wait, up to a limit, after which the client counts as lost.
struct ProgressOutbox: Sendable {
    private enum Item {
        case event(ProgressFrame)
        case progress(run: UUID, ProgressFrame)
    }

    private let capacity: Int
    private var items: [Item] = []
    private var events = 0
    /// More events wait than may: nothing is handed out any more, for there would be a gap.
    private(set) var isOverfull = false

    /// - Parameter capacity: of events.
    init(capacity: Int) { self.capacity = capacity }

    mutating func add(_ delivery: ProgressDelivery) {
        guard !self.isOverfull else { return }
        switch delivery {
        case .event(let frame):
            if self.events >= self.capacity {
                self.isOverfull = true
                self.items = []
                return
            }
            self.items.append(.event(frame))
            self.events += 1
        case .progress(let run, let frame):
            // Replaces progress of the same run that has not been taken yet.
            self.items.removeAll { item in
                if case .progress(run, _) = item { true } else { false }
            }
            self.items.append(.progress(run: run, frame))
        }
    }

    /// The next message to be sent.
    mutating func take() -> ProgressFrame? {
        guard !self.items.isEmpty else { return nil }
        switch self.items.removeFirst() {
        case .event(let frame):
            self.events -= 1
            return frame
        case .progress(_, let frame): return frame
        }
    }
}
