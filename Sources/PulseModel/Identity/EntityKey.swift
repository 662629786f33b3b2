import Crypto
public import Foundation

/// The identity of one entity: stable over renames, moves and re-creation of the database.
public struct EntityKey: Sendable, Hashable {
    public var tenant: UUID
    public var integration: UUID
    public var table: EntityTable
    /// The source's own id, as in ``Entity/stableID``.
    public var stableID: String

    public init(tenant: UUID, integration: UUID, table: EntityTable, stableID: String) {
        self.tenant = tenant
        self.integration = integration
        self.table = table
        self.stableID = stableID
    }

    /// The id that joins table, queue, ledger and points.
    public var entity: UUID { Self.uuid(of: self.fields) }

    /// The id of the entity's point number `chunk`.
    public func pointID(chunk: Int) -> UUID { Self.pointID(entity: self.entity, chunk: chunk) }

    /// The id of point number `chunk` of an entity.
    ///
    /// The entity's id stands for its fields: it is a digest of them under the same namespace.
    public static func pointID(entity: UUID, chunk: Int) -> UUID {
        Self.uuid(of: [entity.bytes, Array(String(chunk).utf8)])
    }

    private var fields: [[UInt8]] {
        [self.tenant.bytes, self.integration.bytes, Array(self.table.rawValue.utf8), Array(self.stableID.utf8)]
    }

    /// The namespace of all of Pulse's name-based ids.
    private static let namespace: [UInt8] = [
        0x9b, 0x1c, 0x5d, 0x3e, 0x41, 0x52, 0x5f, 0x0a, 0x8e, 0x27, 0x70, 0x75, 0x6c, 0x73, 0x65, 0x01,
    ]

    /// UUID version 5 (RFC 9562 §5.5) over length-prefixed fields, so that no two lists of fields read the same.
    private static func uuid(of fields: [[UInt8]]) -> UUID {
        var name = Self.namespace
        for field in fields {
            for shift in [24, 16, 8, 0] { name.append(UInt8(truncatingIfNeeded: field.count >> shift)) }
            name.append(contentsOf: field)
        }
        var digest = Insecure.SHA1()
        name.withUnsafeBytes { digest.update(bufferPointer: $0) }
        return digest.finalize().withUnsafeBytes { bytes in
            var uuid = bytes.loadUnaligned(as: uuid_t.self)
            uuid.6 = (uuid.6 & 0x0f) | 0x50
            uuid.8 = (uuid.8 & 0x3f) | 0x80
            return UUID(uuid: uuid)
        }
    }
}
