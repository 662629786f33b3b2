/// Asks until the answer is there.
///
/// - Throws: where it is not within `limit`.
func eventually<R: Sendable>(
    _ what: String,
    within limit: Duration = .seconds(60),
    every interval: Duration = .milliseconds(50),
    _ ask: () async throws -> R?
) async throws -> R {
    let deadline = ContinuousClock.now + limit
    while true {
        if let answer = try await ask() { return answer }
        guard ContinuousClock.now < deadline else { throw TestFailure("\(what): not within \(limit)") }
        try await Task.sleep(for: interval)
    }
}

/// Waits until `condition` holds.
func until(_ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async throws {
    _ = try await eventually(what, within: limit) { try await condition() ? true : nil }
}
