extension SandboxState {
    /// The indices of a sorted list, kept until something changes: a client that reads 1,000 pages should not pay for 1,000 sorts.
    ///
    /// - Parameter name: names the list, its revision and the order.
    func order<Element>(_ name: String, of elements: [Element], by precedes: (Element, Element) -> Bool) -> [Int] {
        if let known = read({ $0.orders[name] }) { return known }
        let order = elements.indices.sorted { precedes(elements[$0], elements[$1]) }
        read { $0.orders[name] = order }
        return order
    }
}
