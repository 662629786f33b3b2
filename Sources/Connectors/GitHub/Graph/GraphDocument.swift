/// The GraphQL documents that are sent to GitHub.
///
/// Cost by GitHub's formula — connections fetched, over a hundred, at least 1: a page of 25 pull requests costs (1 + 4 × 25) / 100, one
/// point, whatever hangs on them. Line comments and conversations are not here: they cost far less by the repository over REST.
enum GraphDocument {
    static let pulls = """
        query ($owner: String!, $name: String!, $first: Int!, $after: String) {
          rateLimit { cost remaining resetAt }
          repository(owner: $owner, name: $name) {
            databaseId
            pullRequests(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
              pageInfo { hasNextPage endCursor }
              nodes { ...pull }
            }
          }
        }
        """ + Self.pull + Self.commits + Self.reviews + Self.who

    /// One pull request, after an event.
    static let onePull = """
        query ($owner: String!, $name: String!, $number: Int!) {
          rateLimit { cost remaining resetAt }
          repository(owner: $owner, name: $name) {
            databaseId
            pullRequest(number: $number) { ...pull }
          }
        }
        """ + Self.pull + Self.commits + Self.reviews + Self.who

    static let moreCommits = """
        query ($id: ID!, $first: Int!, $after: String) {
          rateLimit { cost remaining resetAt }
          node(id: $id) { ... on PullRequest { commits(first: $first, after: $after) { ...commits } } }
        }
        """ + Self.commits

    static let moreReviews = """
        query ($id: ID!, $first: Int!, $after: String) {
          rateLimit { cost remaining resetAt }
          node(id: $id) { ... on PullRequest { reviews(first: $first, after: $after) { ...reviews } } }
        }
        """ + Self.reviews + Self.who

    static let pullNumbers = """
        query ($owner: String!, $name: String!, $after: String) {
          rateLimit { cost remaining resetAt }
          repository(owner: $owner, name: $name) {
            databaseId
            pullRequests(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
              pageInfo { hasNextPage endCursor }
              nodes { fullDatabaseId databaseId }
            }
          }
        }
        """

    static let deploymentStatuses = """
        query ($ids: [ID!]!) {
          rateLimit { cost remaining resetAt }
          nodes(ids: $ids) {
            ... on Deployment { statuses(first: 50) { pageInfo { hasNextPage } nodes { state createdAt } } }
          }
        }
        """

    private static let pull = """

        fragment pull on PullRequest {
          id fullDatabaseId databaseId number title body state isDraft url
          createdAt updatedAt closedAt mergedAt
          additions deletions changedFiles headRefName headRefOid baseRefName
          author { ...who }
          mergedBy { ...who }
          mergeCommit { oid }
          labels(first: 100) { nodes { name } }
          reviewRequests(first: 100) {
            nodes { requestedReviewer { __typename ... on User { login } ... on Bot { login } ... on Mannequin { login } } }
          }
          comments { totalCount }
          commits(first: 100) { ...commits }
          reviews(first: 50) { ...reviews }
        }
        """

    private static let commits = """

        fragment commits on PullRequestCommitConnection {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes {
            commit {
              oid message url authoredDate committedDate
              author { name email user { login databaseId } }
              committer { name email }
            }
          }
        }
        """

    private static let reviews = """

        fragment reviews on PullRequestReviewConnection {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { fullDatabaseId databaseId state body submittedAt url author { ...who } }
        }
        """

    private static let who = """

        fragment who on Actor {
          __typename
          login
          ... on User { databaseId }
          ... on Bot { databaseId }
          ... on Mannequin { databaseId }
          ... on Organization { databaseId }
        }
        """
}
