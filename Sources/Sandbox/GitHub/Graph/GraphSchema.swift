/// The part of GitHub's public schema that the sandbox plays. A field that does not stand here does not exist, as on the real one.
enum GraphSchema {
    struct Field: Sendable {
        /// The type of the value, or of the elements of a list.
        var type: String
        var isList = false
        var arguments: Set<String> = []
        var required: Set<String> = []

        var isConnection: Bool { self.type.hasSuffix("Connection") }
    }

    private static let paging: Set = ["first", "after", "last", "before"]

    private static func scalars(_ names: String...) -> [String: Field] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, Field(type: "scalar")) })
    }

    private static func connection(_ type: String, node: String) -> [String: [String: Field]] {
        var fields = Self.scalars("totalCount")
        fields["pageInfo"] = Field(type: "PageInfo")
        fields["nodes"] = Field(type: node, isList: true)
        return [type: fields]
    }

    private static func actor(_ extra: [String: Field] = [:]) -> [String: Field] {
        Self.scalars("__typename", "login", "url", "avatarUrl", "id", "databaseId").merging(extra) { $1 }
    }

    static let types: [String: [String: Field]] = {
        var types: [String: [String: Field]] = [
            "Query": [
                "rateLimit": Field(type: "RateLimit"), "viewer": Field(type: "User"),
                "repository": Field(
                    type: "Repository",
                    arguments: ["owner", "name", "followRenames"],
                    required: ["owner", "name"]
                ),
                "node": Field(type: "Node", arguments: ["id"], required: ["id"]),
                "nodes": Field(type: "Node", isList: true, arguments: ["ids"], required: ["ids"]),
            ],
            "RateLimit": Self.scalars("cost", "limit", "remaining", "used", "resetAt", "nodeCount"),
            "PageInfo": Self.scalars("hasNextPage", "hasPreviousPage", "startCursor", "endCursor"),
            "Node": Self.scalars("__typename", "id"),
            "Repository": Self.scalars(
                "__typename",
                "id",
                "databaseId",
                "name",
                "nameWithOwner",
                "isArchived",
                "isPrivate",
                "url",
                "createdAt",
                "updatedAt",
                "pushedAt",
                "description"
            ).merging([
                "pullRequests": Field(
                    type: "PullRequestConnection",
                    arguments: Self.paging.union(["orderBy", "states", "labels", "headRefName", "baseRefName"])
                ),
                "pullRequest": Field(type: "PullRequest", arguments: ["number"], required: ["number"]),
            ]) { $1 },
            "PullRequest": Self.scalars(
                "__typename",
                "id",
                "databaseId",
                "fullDatabaseId",
                "number",
                "title",
                "body",
                "state",
                "isDraft",
                "url",
                "createdAt",
                "updatedAt",
                "closedAt",
                "mergedAt",
                "additions",
                "deletions",
                "changedFiles",
                "headRefName",
                "headRefOid",
                "baseRefName",
                "merged",
                "totalCommentsCount"
            ).merging([
                "author": Field(type: "Actor"), "mergedBy": Field(type: "Actor"), "mergeCommit": Field(type: "Commit"),
                "labels": Field(type: "LabelConnection", arguments: Self.paging.union(["orderBy"])),
                "reviewRequests": Field(type: "ReviewRequestConnection", arguments: Self.paging),
                "comments": Field(type: "IssueCommentConnection", arguments: Self.paging.union(["orderBy"])),
                "commits": Field(type: "PullRequestCommitConnection", arguments: Self.paging),
                "reviews": Field(type: "PullRequestReviewConnection", arguments: Self.paging.union(["author", "states"])),
            ]) { $1 },
            "Label": Self.scalars("id", "name", "color"),
            "ReviewRequest": ["requestedReviewer": Field(type: "RequestedReviewer")],
            "RequestedReviewer": Self.scalars("__typename"),
            "IssueComment": Self.scalars("id", "databaseId", "fullDatabaseId", "body", "createdAt", "updatedAt", "url").merging(
                ["author": Field(type: "Actor")]
            ) { $1 },
            "PullRequestCommit": ["commit": Field(type: "Commit")],
            "Commit": Self.scalars(
                "id",
                "oid",
                "message",
                "messageHeadline",
                "url",
                "authoredDate",
                "committedDate"
            ).merging(["author": Field(type: "GitActor"), "committer": Field(type: "GitActor")]) { $1 },
            "GitActor": Self.scalars("name", "email", "date").merging(["user": Field(type: "User")]) { $1 },
            "PullRequestReview": Self.scalars(
                "id",
                "databaseId",
                "fullDatabaseId",
                "state",
                "body",
                "submittedAt",
                "createdAt",
                "updatedAt",
                "url"
            ).merging(["author": Field(type: "Actor")]) { $1 },
            "Deployment": Self.scalars(
                "__typename",
                "id",
                "databaseId",
                "environment",
                "state",
                "createdAt",
                "updatedAt",
                "commitOid",
                "task"
            ).merging(["statuses": Field(type: "DeploymentStatusConnection", arguments: Self.paging)]) { $1 },
            "DeploymentStatus": Self.scalars("id", "state", "createdAt", "updatedAt", "environment", "description"),
            "Actor": Self.scalars("__typename", "login", "url", "avatarUrl"),
            "User": Self.actor(Self.scalars("name", "email")), "Bot": Self.actor(), "Mannequin": Self.actor(),
            "Organization": Self.actor(Self.scalars("name")),
        ]
        for (type, node) in [
            ("PullRequestConnection", "PullRequest"), ("LabelConnection", "Label"), ("ReviewRequestConnection", "ReviewRequest"),
            ("IssueCommentConnection", "IssueComment"), ("PullRequestCommitConnection", "PullRequestCommit"),
            ("PullRequestReviewConnection", "PullRequestReview"), ("DeploymentStatusConnection", "DeploymentStatus"),
        ] {
            types.merge(Self.connection(type, node: node)) { $1 }
        }
        return types
    }()

    /// What an interface or a union may be.
    static let possible: [String: Set<String>] = [
        "Actor": ["User", "Bot", "Mannequin", "Organization"], "RequestedReviewer": ["User", "Bot", "Mannequin"],
        "Node": ["PullRequest", "Deployment", "Repository", "User"],
    ]

    /// Whether something of the type `object` fits where a fragment says `condition`.
    static func fits(_ object: String, _ condition: String) -> Bool {
        object == condition || Self.possible[condition]?.contains(object) == true
    }

    /// Whether a fragment on `condition` may stand where a value of the type `type` is.
    static func overlaps(_ type: String, _ condition: String) -> Bool {
        let left = Self.possible[type] ?? [type]
        return !left.isDisjoint(with: Self.possible[condition] ?? [condition])
    }
}
