public import Foundation
public import PulseModel

/// An entity as it stands in its table, ready to be indexed.
public struct EntityRow: Sendable {
    public var entity: UUID
    public var integration: UUID
    public var table: EntityTable
    public var externalID: String
    public var document: EntityDocument
    public var documentVersion: Int
}
