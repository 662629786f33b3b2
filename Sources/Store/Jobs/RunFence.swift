public import Foundation

/// The right of one run to write. It ends when the run is closed, taken over or stopped by force.
public struct RunFence: Sendable, Hashable {
    public var tenant: UUID
    public var run: UUID
    public var number: Int

    public init(tenant: UUID, run: UUID, number: Int) {
        self.tenant = tenant
        self.run = run
        self.number = number
    }
}
