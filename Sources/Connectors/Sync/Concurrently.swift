/// Does something with each item, so many at once at most. An error ends the others.
///
/// - Returns: what came of the items, in their order.
func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item],
    atOnce: Int,
    _ body: @escaping @Sendable (Item) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var values = [Value?](repeating: nil, count: items.count)
        var next = 0
        func begin() {
            guard next < items.count else { return }
            let index = next
            group.addTask { (index, try await body(items[index])) }
            next += 1
        }
        for _ in 0..<atOnce { begin() }
        while let (index, value) = try await group.next() {
            values[index] = value
            begin()
        }
        return values.compactMap(\.self)
    }
}
