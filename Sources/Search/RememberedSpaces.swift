import Foundation
import Store
import Synchronization

/// The space in which each tenant's last search ended, so that the next need not ask before it begins: each search asks at its end, and
/// begins anew where it was in another.
final class RememberedSpaces: Sendable {
    /// More tenants than one process serves at a time.
    private static let most = 10_000

    private let spaces = Mutex<[UUID: TenantSpace]>([:])

    func space(of tenant: UUID) -> TenantSpace? { self.spaces.withLock { $0[tenant] } }

    /// - Parameter space: nil where the tenant has none.
    func remember(_ space: TenantSpace?, of tenant: UUID) {
        self.spaces.withLock { spaces in
            if spaces.count >= Self.most, spaces[tenant] == nil { spaces = [:] }
            spaces[tenant] = space
        }
    }
}
