import Foundation
import Postgres
import PulseModel

/// An entity with its table: how its rows are written, and how its documents are read.
protocol StoredEntity: Entity {
    /// The columns that hold the entity's content, beside those that every entity table has.
    static var columns: [Column<Self>] { get }
    /// The columns that documents of other entities show: only a change of these touches them.
    static var shownElsewhere: [String] { get }
    /// Written where Pulse, not a person, sets the row; a person's row is then left alone.
    static var isDerived: Bool { get }
    /// Selects, for the table's row `t`, the columns of ``columns`` and of the context. `$1` is the tenant, `$2` the entities.
    static var documentSelect: String { get }

    /// When the source last changed it; nil where the source does not say.
    var sourceUpdatedAt: Date? { get }

    /// Reads the row and its context, as ``documentSelect`` gives them.
    static func document(from row: PostgresRow) throws -> EntityDocument
}

extension StoredEntity {
    static var shownElsewhere: [String] { [] }
    static var isDerived: Bool { false }
    var sourceUpdatedAt: Date? { nil }
}
