import Foundation
import Logging
import ServiceLifecycle
import Store

/// A new installation makes its first key by itself, and shows it this one time.
struct FirstKey: Service {
    let store: Store
    let logger: Logger

    func run() async throws {
        do {
            if let key = try await self.store.firstInstallationKey() { Self.show(key) }
        } catch {
            self.logger.warning("the installation's first key cannot be made", metadata: ["error": "\(error)"])
        }
        try? await gracefulShutdown()
    }

    private static func show(_ key: String) {
        print(
            """
            This installation has no keys yet. Here is one of its administrator, shown this one time:

                \(key)

            It makes tenants and their keys: POST /api/v1/tenants, then POST /api/v1/tenants/{tenant_id}/keys; see /docs.
            At a terminal, `pulse tenant create NAME` does the same and prints the tenant's key.
            """
        )
        fflush(nil)
    }
}
