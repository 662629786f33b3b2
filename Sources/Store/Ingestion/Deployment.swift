public import Foundation

/// A deployment of a repository to an environment, for delivery metrics.
public struct Deployment: Sendable, Equatable {
    public struct Status: Sendable, Equatable {
        /// Lower case, as REST has it: `queued`, `in_progress`, `success`, `failure`, `error`, `inactive`, `pending`.
        public var state: String
        public var at: Date

        public init(state: String, at: Date) {
            self.state = state
            self.at = at
        }
    }

    public var id: String
    public var repositoryID: String
    public var environment: String
    public var sha: String
    public var ref: String?
    public var task: String?
    public var creator: String?
    public var url: String?
    public var isProduction: Bool?
    /// The newest status; nil where none has been said yet.
    public var state: String?
    public var createdAt: Date?
    public var updatedAt: Date?
    /// What is known of them; those that a later page does not hold stay.
    public var statuses: [Status]

    public init(
        id: String,
        repositoryID: String,
        environment: String,
        sha: String,
        ref: String? = nil,
        task: String? = nil,
        creator: String? = nil,
        url: String? = nil,
        isProduction: Bool? = nil,
        state: String? = nil,
        createdAt: Date? = nil,
        updatedAt: Date? = nil,
        statuses: [Status] = []
    ) {
        self.id = id
        self.repositoryID = repositoryID
        self.environment = environment
        self.sha = sha
        self.ref = ref
        self.task = task
        self.creator = creator
        self.url = url
        self.isProduction = isProduction
        self.state = state
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.statuses = statuses
    }
}
