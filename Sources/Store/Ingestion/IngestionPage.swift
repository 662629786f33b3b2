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
