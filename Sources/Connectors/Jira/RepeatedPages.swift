/// Notices a server that sends the same page again and again, whatever place it is asked for: each would look like one more.
struct RepeatedPages {
    private var seen: Set<String> = []

    /// - Throws: ``ConnectorError/circle(_:)`` where a page holds nothing that an earlier one did not.
    mutating func take(_ records: [JSONValue], unit: String) throws(ConnectorError) {
        let names = records.compactMap { record in
            record["id"].identifier ?? record["accountId"].identifier ?? record["key"].identifier ?? record["name"].text
        }
        guard !names.isEmpty else { return }
        if self.seen.isSuperset(of: names) { throw ConnectorError.circle(unit) }
        self.seen.formUnion(names)
    }
}
