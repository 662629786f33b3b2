import Synchronization

/// Whether GraphQL is used in this synchronization, and how large its pages are. Shared by the repositories that are read side by
/// side.
final class GraphAccess: Sendable {
    private struct State {
        var refusal: String?
        var isSaid = false
        var pageSize: Int
    }

    /// A page of 25 costs a point and takes a second or two; twice as many still cost less than a point for eight.
    static let firstPageSize = 25
    static let largestPageSize = 50
    /// GitHub gives a query up after 10 s and charges for it.
    static let longAnswer: Duration = .seconds(5)
    static let shortAnswer: Duration = .seconds(2)

    private let state: Mutex<State>

    init(isOff: Bool) {
        self.state = Mutex(State(refusal: isOff ? "switched off" : nil, isSaid: isOff, pageSize: Self.firstPageSize))
    }

    var isOpen: Bool { self.state.withLock { $0.refusal == nil } }
    var pageSize: Int { self.state.withLock { $0.pageSize } }

    /// From now on REST alone is used.
    func refuse(_ reason: String) { self.state.withLock { $0.refusal = $0.refusal ?? reason } }

    /// What to tell a person, the first time only.
    func takeRefusal() -> String? {
        self.state.withLock { state in
            guard let refusal = state.refusal, !state.isSaid else { return nil }
            state.isSaid = true
            return "GraphQL is refused (\(refusal)); pull requests are read over REST, with many more requests"
        }
    }

    func answered(_ size: Int, in elapsed: Duration) {
        self.state.withLock { state in
            if elapsed > Self.longAnswer {
                state.pageSize = max(1, min(state.pageSize, size / 2))
            } else if elapsed < Self.shortAnswer, size >= state.pageSize {
                state.pageSize = min(Self.largestPageSize, state.pageSize + max(1, state.pageSize / 4))
            }
        }
    }

    /// - Returns: the next size to try; nil where one pull request was too much already.
    func wasTooLarge(_ size: Int) -> Int? {
        guard size > 1 else { return nil }
        return self.state.withLock { state in
            state.pageSize = max(1, min(state.pageSize, size / 2))
            return state.pageSize
        }
    }
}
