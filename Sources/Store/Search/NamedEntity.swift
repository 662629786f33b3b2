public import Foundation
import Postgres
public import PulseModel

/// An issue or pull request as it is shown beside others.
public struct NamedEntity: Sendable, Equatable {
    public var entity: UUID
    public var table: EntityTable
    public var externalID: String
    public var title: String
    public var url: String?

    init(_ row: PostgresRow) throws {
        let table: String = try row.decode("table_name")
        guard let known = EntityTable(rawValue: table) else { throw StoreError.unknownTable(table) }
        self.table = known
        self.entity = try row.decode("entity")
        self.externalID = try row.decode("external_id")
        self.title = try row.decode("title")
        self.url = try row.decode("url")
    }
}
