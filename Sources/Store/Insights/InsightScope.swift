public import Foundation

/// Over what a metric is taken, and how its rows are cut.
public struct InsightScope: Sendable, Equatable {
    public enum Grouping: String, Sendable, CaseIterable, Codable {
        case none, team, project, repository, type, author
    }

    public enum Period: String, Sendable, CaseIterable, Codable {
        case none, day, week, month
    }

    /// From here, this moment included, to there, that moment excluded. Days, weeks and months are those of UTC.
    public var from: Date
    public var to: Date
    public var by: Grouping
    public var period: Period
    /// A project's key.
    public var project: String?
    /// `owner/name`, in whatever case.
    public var repository: String?
    public var team: String?
    /// A sprint's id or name.
    public var sprint: String?

    public init(
        from: Date,
        to: Date,
        by: Grouping = .none,
        period: Period = .none,
        project: String? = nil,
        repository: String? = nil,
        team: String? = nil,
        sprint: String? = nil
    ) {
        self.from = from
        self.to = to
        self.by = by
        self.period = period
        self.project = project
        self.repository = repository
        self.team = team
        self.sprint = sprint
    }
}
