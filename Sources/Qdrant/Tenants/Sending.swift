import Foundation

/// Sends items in few requests, and in halves where the server says that a request of this size can never be within its limit.
///
/// What is refused alone is left out, so that it holds nothing else up; but where two items are refused alone and nothing was taken
/// yet, it is not their size: the server limits everything, and nothing more is sent.
struct Sending {
    private var taken = 0
    /// Positions of what was refused alone.
    private var refused: [Int] = []
    private var refusal: QdrantError?

    /// - Parameter first: what is added to the positions of the items.
    mutating func send<Item>(
        _ items: ArraySlice<Item>,
        from first: Int = 0,
        by request: (ArraySlice<Item>) async throws -> Void
    ) async throws {
        var left = [items]
        while let items = left.popLast() {
            do {
                try await request(items)
                self.taken += 1
            } catch let error as QdrantError where error.canNeverFit {
                if items.count > 1 {
                    let middle = items.startIndex + items.count / 2
                    left += [items[middle...], items[..<middle]]
                } else {
                    self.refused.append(first + items.startIndex)
                    self.refusal = error
                    guard self.taken > 0 || self.refused.count < 2 else { throw error }
                }
            }
        }
    }

    /// - Parameter entity: of the item at a position.
    /// - Throws: the last refusal, where something was refused.
    func finish(_ entity: (Int) -> UUID) throws {
        guard var refusal = self.refusal else { return }
        if self.taken > 0 {
            refusal.refused = Array(Set(self.refused.map(entity)))
            refusal.message += QdrantError.beyondLimit
        }
        throw refusal
    }
}
