public import Foundation
public import PulseModel

/// A table whose rows are swept.
public enum SweptTable: Sendable, Equatable {
    case entities(EntityTable)
    /// Jira's, which are no entities of their own.
    case boards, sprints

    var name: String {
        switch self {
        case .entities(let table): table.rawValue
        case .boards: "boards"
        case .sprints: "sprints"
        }
    }

    /// Whether more than a small share of the rows never goes without a person: what people write, and repositories, whose pull requests
    /// go with them. The other lists hold what takes nothing along.
    var isGuardedStrictly: Bool {
        switch self {
        case .entities(.projects), .entities(.statuses), .entities(.wits), .boards, .sprints: false
        case .entities: true
        }
    }
}

/// What is swept: the rows of one list of the source.
public struct SweepUnit: Sendable, Equatable {
    /// Such as `prs:42`.
    public var name: String
    public var table: SweptTable
    /// The repository whose rows they are; nil where the list is of the whole integration.
    public var repositoryID: String?
    /// Of comments: `issue` or `review`.
    public var kind: String?
    /// Whose rows the integration reads, where it does not read all; no other is judged. Of issues the ids of projects, of projects and
    /// sprints the projects' keys, of repositories the owners in small letters.
    public var chosen: [String]?

    public init(
        name: String,
        table: EntityTable,
        repositoryID: String? = nil,
        kind: String? = nil,
        chosen: [String]? = nil
    ) {
        self.name = name
        self.table = .entities(table)
        self.repositoryID = repositoryID
        self.kind = kind
        self.chosen = chosen
    }

    /// - Parameters:
    ///   - list: a list of the whole integration.
    ///   - chosen: see ``chosen``.
    public init(name: String, list: SweptTable, chosen: [String]? = nil) {
        self.name = name
        self.table = list
        self.chosen = chosen
    }
}

/// How far the sweeping of a unit has come.
public struct SweepState: Sendable, Equatable {
    /// Of the sweep under way; nil where none is.
    public var startedAt: Date?
    /// The next page of the sweep under way.
    public var cursor: String?
    public var finishedAt: Date?
    /// Of the last sweep, where it found too much missing and nobody has accepted it since.
    public var stop: SweepStop?
}

/// Why a sweep waits for a person.
public struct SweepStop: Sendable, Equatable {
    /// Rows that were not found, and rows that stood.
    public var missing: Int
    public var known: Int

    public init(missing: Int, known: Int) {
        self.missing = missing
        self.known = known
    }
}

/// What a complete sweep came to.
public struct SweepFinding: Sendable, Equatable {
    /// Absent from two complete sweeps: to be asked for one by one. Of a stopped sweep, those that a person has accepted before.
    public var suspects: [Row]
    /// Listed by this sweep although they had been deleted before it began, or, of issues, although there is no row of them: they have
    /// come into sight, perhaps without an update that a reading from the watermark on would find. To be read by their ids.
    public var returned: [Row]
    /// Rows that this sweep did not find, and rows that stand.
    public var missing: Int
    public var known: Int
    /// Whether so much is missing that a person must look first.
    public var isStopped: Bool

    public struct Row: Sendable, Equatable {
        public var stableID: String
        /// Of pull requests.
        public var number: Int?
    }
}

/// The memory of sweeps.
public protocol SweepStore: Sendable {
    /// - Parameter noted: the time from which the first interval counts, where the unit is met for the first time.
    func sweepState(_ unit: SweepUnit, tenant: UUID, integration: UUID, noted: Date) async throws -> SweepState
    func beginSweep(_ unit: SweepUnit, tenant: UUID, integration: UUID, at time: Date) async throws
    func recordSweepPage(_ ids: [String], of unit: SweepUnit, tenant: UUID, integration: UUID, next: String?) async throws
    /// Compares the sightings of a complete sweep with the rows that stood before it began.
    func finishSweep(_ unit: SweepUnit, tenant: UUID, integration: UUID, at time: Date) async throws -> SweepFinding
    /// Rows that a sweep of the unit judges and that are not among `listed`.
    func unlisted(_ listed: [String], of unit: SweepUnit, tenant: UUID, integration: UUID, limit: Int) async throws -> [String]
    /// They are there after all.
    func forgetSuspects(_ ids: [String], of unit: SweepUnit, tenant: UUID, integration: UUID) async throws
}
