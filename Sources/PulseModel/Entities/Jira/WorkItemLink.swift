/// The tie between an issue and a pull request.
public struct WorkItemLink: Entity {
    public static let table = EntityTable.links

    /// How the tie was found.
    public enum Origin: String, Sendable, CaseIterable {
        /// The issue's key stands in the pull request.
        case key
        /// Jira's development panel says so.
        case developmentPanel = "dev-status"
    }

    public var workItemID: String
    public var workItemKey: String
    /// `owner/name`.
    public var repository: String
    public var number: Int
    public var origin: Origin
    /// Where the key stands: `title`, `branch`, `commit` or, from Jira, `panel`.
    public var foundIn: String
    public var branch: String?
    public var status: String?
    public var url: String?

    public init(
        workItemID: String,
        workItemKey: String,
        repository: String,
        number: Int,
        origin: Origin,
        foundIn: String,
        branch: String?,
        status: String?,
        url: String?
    ) {
        self.workItemID = workItemID
        self.workItemKey = workItemKey
        self.repository = repository
        self.number = number
        self.origin = origin
        self.foundIn = foundIn
        self.branch = branch
        self.status = status
        self.url = url
    }

    public var stableID: String { "\(self.workItemID)~\(self.repository.lowercased())#\(self.number)" }
    public var externalID: String { "\(self.workItemKey)~\(self.repository)#\(self.number)" }

    /// What both ends are about.
    public struct Context: Sendable {
        public var workItemSummary: String?
        public var projectKey: String?
        public var pullRequestTitle: String?
        public var pullRequestState: String?
        public var pullRequestAuthor: String?
        public var pullRequestURL: String?

        public init(
            workItemSummary: String?,
            projectKey: String?,
            pullRequestTitle: String?,
            pullRequestState: String?,
            pullRequestAuthor: String?,
            pullRequestURL: String?
        ) {
            self.workItemSummary = workItemSummary
            self.projectKey = projectKey
            self.pullRequestTitle = pullRequestTitle
            self.pullRequestState = pullRequestState
            self.pullRequestAuthor = pullRequestAuthor
            self.pullRequestURL = pullRequestURL
        }
    }

    public func document(in context: Context) -> EntityDocument {
        let issue = [self.workItemKey, context.workItemSummary].compactMap(\.self).joined(separator: " ")
        let pull = ["\(self.repository)#\(self.number)", context.pullRequestTitle].compactMap(\.self).joined(separator: " ")
        return EntityDocument(
            title: "\(self.workItemKey) ↔ \(self.repository)#\(self.number)",
            url: context.pullRequestURL ?? self.url,
            parts: [
                .init("Issue", issue), .init("Pull request", pull),
                .init("Pull request status", context.pullRequestState ?? self.status), .init("Branch", self.branch),
                .init("Author", context.pullRequestAuthor),
            ],
            facets: Facets(
                project: context.projectKey,
                repository: self.repository,
                author: context.pullRequestAuthor,
                status: context.pullRequestState ?? self.status
            )
        )
    }
}
