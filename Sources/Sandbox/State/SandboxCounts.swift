/// How many objects of each kind the sandbox holds.
public struct SandboxCounts: Sendable, Equatable {
    public var repositories = 0
    public var pulls = 0
    /// Pairs of a pull request and a commit.
    public var commits = 0
    public var reviews = 0
    public var reviewComments = 0
    public var issueComments = 0
    public var projects = 0
    public var issueTypes = 0
    public var statuses = 0
    public var issues = 0
    public var sprints = 0

    var json: JSONValue {
        [
            "repositories": .int(repositories), "pulls": .int(pulls), "commits": .int(commits), "reviews": .int(reviews),
            "review_comments": .int(reviewComments), "issue_comments": .int(issueComments), "projects": .int(projects),
            "issue_types": .int(issueTypes), "statuses": .int(statuses), "issues": .int(issues), "sprints": .int(sprints),
        ]
    }
}
