import Foundation
import PulseModel

/// How far an audit is, and what it has found until there.
struct AuditPosition: Sendable, Equatable, Codable {
    enum Phase: String, Sendable, Codable {
        /// Entity by entity, table after table.
        case entities
        /// Point by point.
        case points
        /// Collection by collection, once all points have been walked.
        case strays
    }

    /// Whether what was found until here was mended.
    var repairs = false
    var phase = Phase.entities
    /// The table that is compared; those before it are done.
    var table: EntityTable?
    /// The last entity of it that was compared.
    var after: UUID?
    /// The next point to be looked at; nil before the first.
    var point: UUID?
    var report = AuditReport()
}

extension AuditPosition {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Positions of before do not say it: what they had found may not have been mended.
        self.repairs = try container.decodeIfPresent(Bool.self, forKey: .repairs) ?? false
        self.phase = try container.decode(Phase.self, forKey: .phase)
        self.table = try container.decodeIfPresent(EntityTable.self, forKey: .table)
        self.after = try container.decodeIfPresent(UUID.self, forKey: .after)
        self.point = try container.decodeIfPresent(UUID.self, forKey: .point)
        self.report = try container.decode(AuditReport.self, forKey: .report)
    }
}
