public import Foundation
public import PulseModel

/// What a connector read from its source in one go, and what one transaction writes: rows, queue rows and checkpoint together.
public struct IngestionPage: Sendable {
    /// When the source was asked. A tombstone laid after it beats the page's rows.
    public var fetchedAt: Date

    public var projects: [Project] = []
    public var workItemTypes: [WorkItemType] = []
    public var statuses: [Status] = []
    public var workItems: [WorkItem] = []
    public var changelogs: [Changelog] = []
    public var links: [WorkItemLink] = []
    public var repositories: [Repository] = []
    public var pullRequests: [PullRequest] = []
    public var commits: [Commit] = []
    public var reviews: [Review] = []
    public var comments: [Comment] = []

    /// Issue keys that pull requests of this page mention. The set of a pull request replaces the one that stands.
    public var mentions: [PullRequestMentions] = []
    /// Parents whose children this page holds in full: a child that it does not hold is gone.
    public var completeSets: [CompleteSet] = []
    /// Ids of issues whose links of the development panel this page holds in full: one that it does not hold is gone.
    public var completePanels: [String] = []
    public var boards: [Board] = []
    public var sprints: [Sprint] = []
    public var deployments: [Deployment] = []
    public var releases: [Release] = []
    public var branchCommits: [BranchCommit] = []
    /// What the source says is gone, as of ``fetchedAt``.
    public var deletions: [Deletion] = []
    /// Ids of boards and sprints that are gone, as of ``fetchedAt``.
    public var removedBoards: [String] = []
    public var removedSprints: [String] = []
    /// Ids of releases that are gone, as of ``fetchedAt``.
    public var removedReleases: [String] = []
    public var users: [SourceUser] = []
    /// Records that the source sent and that cannot be taken.
    public var rejected: [RejectedRecord] = []
    /// Each object as it came.
    public var raw: [RawRecord] = []
    /// Whether the lists of types and statuses are whole, so that the configuration tables can be derived from them.
    public var derivesConfiguration = false
    /// Steps of the site's own workflows, beside those that are derived from its status categories.
    public var workflowSteps: [WorkflowStep] = []
    /// Where the extraction goes on after this page.
    public var checkpoint: Checkpoint?
    /// Units of which the source has shown that nothing is new: they count as read now, and their positions stay.
    public var unchangedUnits: [String] = []

    public init(fetchedAt: Date) {
        self.fetchedAt = fetchedAt
    }

    /// Children of one pull request.
    public struct CompleteSet: Sendable, Equatable {
        public enum Children: String, Sendable { case commits, reviews }

        public var children: Children
        public var repositoryID: String
        public var number: Int
        /// The whole set's stable ids where it is larger than this page; nil where the page holds it all.
        public var stableIDs: [String]?

        public init(_ children: Children, repositoryID: String, number: Int, stableIDs: [String]? = nil) {
            self.children = children
            self.repositoryID = repositoryID
            self.number = number
            self.stableIDs = stableIDs
        }
    }
}

/// The issue keys that stand in one pull request, believed or not: a key becomes a link once an issue of that key is known.
public struct PullRequestMentions: Sendable, Equatable {
    public enum Place: String, Sendable, CaseIterable { case title, branch, commit }

    public var repositoryID: String
    public var number: Int
    /// Upper-case keys and where each was first found.
    public var keys: [String: Place]
    /// Whether these are not all: keys found elsewhere in the pull request before stay.
    public var isPartial: Bool

    public init(repositoryID: String, number: Int, keys: [String: Place], isPartial: Bool = false) {
        self.repositoryID = repositoryID
        self.number = number
        self.keys = keys
        self.isPartial = isPartial
    }
}

/// A Jira board: whose work its sprints hold.
public struct Board: Sendable, Equatable {
    public var id: String
    public var name: String
    /// `scrum`, `kanban` or `simple`.
    public var type: String?
    public var projectID: String?
    public var projectKey: String?

    public init(id: String, name: String, type: String?, projectID: String?, projectKey: String?) {
        self.id = id
        self.name = name
        self.type = type
        self.projectID = projectID
        self.projectKey = projectKey
    }
}

/// A sprint of a Jira board.
public struct Sprint: Sendable, Equatable {
    public var id: String
    public var name: String
    public var state: String?
    public var goal: String?
    public var boardID: String?
    public var startedAt: Date?
    public var endsAt: Date?
    public var completedAt: Date?

    public init(
        id: String,
        name: String,
        state: String?,
        goal: String?,
        boardID: String?,
        startedAt: Date?,
        endsAt: Date?,
        completedAt: Date?
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.goal = goal
        self.boardID = boardID
        self.startedAt = startedAt
        self.endsAt = endsAt
        self.completedAt = completedAt
    }
}

/// A person as the source names them.
public struct SourceUser: Sendable, Equatable {
    public var id: String
    public var name: String?
    public var isActive: Bool?

    public init(id: String, name: String?, isActive: Bool?) {
        self.id = id
        self.name = name
        self.isActive = isActive
    }
}

/// A record that a source sent and that cannot be taken.
public struct RejectedRecord: Sendable, Equatable {
    /// Such as `github_pr` or `jira_issue`.
    public var kind: String
    /// What names the record: its key, number or id, or its place in the answer.
    public var identity: String
    /// What is wrong with it, for a person.
    public var reason: String

    public init(kind: String, identity: String, reason: String) {
        self.kind = kind
        self.identity = identity
        self.reason = reason
    }
}

/// One fetched object as it came.
public struct RawRecord: Sendable, Equatable {
    public var kind: String
    public var stableID: String
    /// What it belongs to, where the object does not say so itself: `{repository}#{number}` for what hangs on a pull request.
    public var parent: String?
    /// JSON text.
    public var body: String

    public init(kind: String, stableID: String, parent: String? = nil, body: String) {
        self.kind = kind
        self.stableID = stableID
        self.parent = parent
        self.body = body
    }
}

/// How far the extraction of one unit (a repository, a project, a list) has come.
public struct Checkpoint: Sendable, Equatable {
    /// Such as `pulls:acme/api`.
    public var unit: String
    /// The connector's own position within a pass, as JSON text; nil between passes.
    public var cursor: String?
    /// The greatest update time that a finished pass has seen.
    public var watermark: Date?
    /// What the source gave to ask with whether anything has changed since the last finished pass, as JSON text. Nil leaves what
    /// stands.
    public var validators: String?

    public init(unit: String, cursor: String?, watermark: Date?, validators: String? = nil) {
        self.unit = unit
        self.cursor = cursor
        self.watermark = watermark
        self.validators = validators
    }
}

/// What writing a page came to.
public struct IngestionResult: Sendable, Equatable {
    /// Rows whose content changed, tombstones included.
    public var written = 0
    /// Rows that already stood as they came.
    public var unchanged = 0
    /// Queue rows added or raised.
    public var queued = 0
    public var rejected = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.written += right.written
        left.unchanged += right.unchanged
        left.queued += right.queued
        left.rejected += right.rejected
    }
}
