extension SandboxState {
    /// The indices of a sorted list, kept until something changes: a client that reads 1,000 pages should not pay for 1,000 sorts.
    ///
    /// - Parameters:
    ///   - name: names the list, its revision and the order.
    ///   - key: what is compared; it is made once for each element.
    func order<Element, Key>(
        _ name: String,
        of elements: [Element],
        key: (Element) -> Key,
        by precedes: (Key, Key) -> Bool
    ) -> [Int] {
        if let known = read({ $0.orders[name] }) { return known }
        let keys = elements.map(key)
        let order = elements.indices.sorted { precedes(keys[$0], keys[$1]) }
        read { $0.orders[name] = order }
        return order
    }
}
