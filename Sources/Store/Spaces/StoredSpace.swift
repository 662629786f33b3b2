/// A space of a tenant, and what it is to it.
public struct StoredSpace: Sendable, Equatable {
    public enum State: String, Sendable {
        /// Copied into; neither written by the queue nor searched.
        case building
        /// Written by the queue, and searched.
        case live
        /// Left; its points are being deleted.
        case retired
    }

    public var space: TenantSpace
    public var state: State
}
