public import Foundation

/// A customer of the installation: a wall stands between each two.
public struct Tenant: Sendable, Equatable {
    public var id: UUID
    public var name: String

    public init(id: UUID, name: String) {
        self.id = id
        self.name = name
    }
}
