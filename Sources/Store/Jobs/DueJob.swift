public import Foundation

/// A job that could be taken up.
public struct DueJob: Sendable, Hashable {
    public var tenant: UUID
    public var id: UUID

    public init(tenant: UUID, id: UUID) {
        self.tenant = tenant
        self.id = id
    }
}
