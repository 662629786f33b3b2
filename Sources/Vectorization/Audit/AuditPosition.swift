import Foundation
import PulseModel

/// How far an audit is, and what it has found until there.
struct AuditPosition: Sendable, Equatable, Codable {
    enum Phase: String, Sendable, Codable {
        /// Entity by entity, table after table.
        case entities
        /// Point by point.
        case points
    }

    var phase = Phase.entities
    /// The table that is compared; those before it are done.
    var table: EntityTable?
    /// The last entity of it that was compared.
    var after: UUID?
    /// The next point to be looked at.
    var point: UUID?
    var report = AuditReport()
}
