import CLibPQ

/// What libpq needs to cancel the running statement of one connection.
///
/// `@unchecked Sendable`: the PGcancel behind it is never changed after `PQgetCancel`, and libpq documents `PQcancel` as safe
/// to call from any thread, even while the connection is in use or gone.
final class CancelHandle: @unchecked Sendable {
    private let pointer: OpaquePointer?

    /// - Parameter connection: an open PGconn.
    init(connection: OpaquePointer) { self.pointer = PQgetCancel(connection) }

    deinit { PQfreeCancel(self.pointer) }

    /// Opens a connection of its own, asks the server to cancel, and returns when the server has passed the request on. Blocks.
    func cancel() {
        guard let pointer else { return }
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { complaint in
            guard let start = complaint.baseAddress else { return }
            // A request that fails is sent again by the caller for as long as the statement runs.
            _ = PQcancel(pointer, start, 256)
        }
    }
}
