import Foundation
import Store

/// The JSON of `GET /api/v1/status`.
struct StatusBody: Encodable {
    struct Space: Encodable {
        var space: String
        var provider: String
        var collection: String
    }

    struct Table: Encodable {
        enum CodingKeys: String, CodingKey {
            case table, source, rows, waiting, failed
            case ledgerEntities = "ledger_entities"
            case ledgerPoints = "ledger_points"
        }

        var table: String
        var source: String
        var rows: Int
        var ledgerEntities: Int
        var ledgerPoints: Int
        var waiting: Int
        var failed: Int
    }

    struct Backlog: Encodable {
        enum CodingKeys: String, CodingKey {
            case pending, processing
            case nextAt = "next_at"
        }

        var pending: Int
        var processing: Int
        var nextAt: Date?
    }

    var tenant: String
    var space: Space?
    var tables: [Table]
    var backlog: Backlog

    init(tenant: String, space: TenantSpace?, counts: [TableCounts], backlog: QueueBacklog) {
        self.tenant = tenant
        self.space = space.map { Space(space: $0.space, provider: $0.provider, collection: $0.collection) }
        self.tables = counts.map { count in
            Table(
                table: count.table.rawValue,
                source: count.table.source.rawValue,
                rows: count.rows,
                ledgerEntities: count.ledgerEntities,
                ledgerPoints: count.ledgerPoints,
                waiting: count.waiting,
                failed: count.failed
            )
        }
        self.backlog = Backlog(pending: backlog.pending, processing: backlog.processing, nextAt: backlog.nextAt)
    }
}
