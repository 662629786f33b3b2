import Foundation
import PulseModel
import Store

/// The JSON of `GET /api/v1/vectorization/queue`.
struct QueueBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case pending, processing, failed, tables, waiting
        case nextAt = "next_at"
        case rowsPerSecond = "rows_per_second"
        case etaSeconds = "eta_seconds"
    }

    struct Table: Encodable {
        var table: String
        var pending: Int
        var processing: Int
        var failed: Int
    }

    var pending: Int
    var processing: Int
    var failed: Int
    var nextAt: Date?
    var rowsPerSecond: Double?
    var etaSeconds: Double?
    var tables: [Table]
    var waiting: [DelayBody]

    init(_ counts: [QueueCounts], backlog: QueueBacklog, rate: Double?, delays: [QueueDelay]) {
        self.waiting = delays.map(DelayBody.init)
        self.tables = counts.map { Table(table: $0.table, pending: $0.pending, processing: $0.processing, failed: $0.failed) }
        self.pending = counts.reduce(0) { $0 + $1.pending }
        self.processing = counts.reduce(0) { $0 + $1.processing }
        self.failed = counts.reduce(0) { $0 + $1.failed }
        self.nextAt = backlog.nextAt
        self.rowsPerSecond = rate
        let open = Double(self.pending + self.processing)
        self.etaSeconds = rate.flatMap { $0 > 0 ? (open / $0).rounded() : nil }
    }

    static let schema = Schema.object(
        .required("pending", .count),
        .required("processing", .count),
        .required("failed", .count),
        .optional("next_at", .instant, "When the next row can be taken up; absent where none waits."),
        .optional("rows_per_second", .number, "Of the run that is under way; absent where none is."),
        .optional("eta_seconds", .number),
        .required(
            "tables",
            .list(
                of: .object(
                    .required("table", .text),
                    .required("pending", .count),
                    .required("processing", .count),
                    .required("failed", .count)
                )
            ),
            "Tables that have rows in the queue."
        ),
        .required(
            "waiting",
            .list(of: DelayBody.schema),
            "Of the pending rows, those that have failed and are tried again, by table and reason; the most first, 100 at most."
        )
    ).named("Queue")
}
