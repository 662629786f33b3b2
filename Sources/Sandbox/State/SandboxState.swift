import Synchronization

/// All that the sandbox holds and counts. Tests and the admin routes change it while it is served.
public final class SandboxState: Sendable {
    struct Content: Sendable {
        var gitHub: GitHubWorld
        var jira: JiraWorld
        /// Indices of sorted lists, dropped at each change.
        var orders: [String: [Int]] = [:]
        var faults = FaultPlan()
        var requests: [String: Int] = [:]
        var requestTotal = 0
        /// The played GitHub's budgets, by API and token.
        var rates: [String: RateBudget] = [:]
        var rateLimit: Int
        /// Points that GraphQL has cost, and answers that said "unchanged".
        var graphPoints = 0
        /// How often each page was sent whole, by what was asked.
        var pages: [String: Int] = [:]
        var unchangedAnswers = 0
        /// The nodes that a query may ask for before it is given up; nil is without end.
        var graphNodeLimit: Int?
        var churn: SeededRandom?
        var webhooks: [Webhook] = []
        var deliveries: [SentDelivery] = []
        var serial = 9_000_000
        var appTokens: AppTokens?
        var jiraLimits = JiraLimits()
        var jiraChurn = JiraChurn.noChurn
        /// Part of every token of a search: raised, it makes those before it invalid.
        var jiraTokenEpoch: UInt64 = 0
    }

    private let content: Mutex<Content>

    init(gitHub: GitHubWorld, jira: JiraWorld, gitHubRateLimit: Int, app: SandboxApp? = nil) {
        content = Mutex(Content(gitHub: gitHub, jira: jira, rateLimit: gitHubRateLimit, appTokens: app.map(AppTokens.init)))
    }

    /// Builds the world that a configuration names.
    ///
    /// - Throws: `SandboxError` where recorded answers are missing or not JSON.
    public convenience init(configuration: SandboxConfiguration) throws {
        let gitHub: GitHubWorld
        let jira: JiraWorld
        switch configuration.world {
        case .generated(let seed, let scale):
            guard (1...100_000).contains(scale) else {
                throw SandboxError("The sandbox's scale is \(scale); it goes from 1 to 100000.")
            }
            let company = GeneratedCompany(seed: seed, scale: scale)
            (gitHub, jira) = company.worlds(includesInvalidRecords: configuration.includesInvalidRecords)
        case .recorded(let directory):
            let answers = RecordedAnswers(directory: directory)
            gitHub = try RecordedGitHub.world(answers)
            jira = try RecordedJira.world(answers)
        }
        self.init(
            gitHub: gitHub,
            jira: jira,
            gitHubRateLimit: configuration.gitHubRateLimit,
            app: configuration.gitHubApp
        )
    }

    func read<Value: Sendable>(_ body: (inout Content) -> Value) -> Value {
        content.withLock { body(&$0) }
    }

    func change<Value: Sendable>(_ body: (inout Content) throws(SandboxError) -> Value) throws(SandboxError) -> Value {
        let result: Result<Value, SandboxError> = content.withLock { content in
            content.orders = [:]
            do throws(SandboxError) {
                return .success(try body(&content))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    public var counts: SandboxCounts {
        read { content in
            var counts = SandboxCounts()
            counts.repositories = content.gitHub.repositories.count
            for repository in content.gitHub.repositories {
                counts.pulls += repository.pulls.count
                counts.reviewComments += repository.reviewComments.count
                counts.issueComments += repository.issueComments.count
            }
            counts.commits = content.gitHub.commitCount
            counts.reviews = content.gitHub.reviewCount
            counts.projects = content.jira.projects.count
            counts.issueTypes = content.jira.issueTypes.count
            counts.statuses = content.jira.statuses.count
            counts.issues = content.jira.issues.count
            counts.sprints = content.jira.boards.reduce(0) { $0 + ($1.sprints?.count ?? 0) }
            return counts
        }
    }

    public var requestTotal: Int { read { $0.requestTotal } }

    func countPage(_ name: String) { read { $0.pages[name, default: 0] += 1 } }

    func countRequest(_ route: String) {
        read { content in
            content.requests[route, default: 0] += 1
            content.requestTotal += 1
        }
    }

    /// Tokens that the app's installation has been given so far.
    public var appTokenCount: Int { read { $0.appTokens?.count ?? 0 } }

    /// Points that the played GraphQL has cost so far.
    public var graphPoints: Int { read { $0.graphPoints } }

    /// Conditional requests that were answered 304.
    public var unchangedAnswers: Int { read { $0.unchangedAnswers } }

    /// Lets GraphQL give up queries that ask for more nodes than that; nil lets all pass.
    public func limitGraph(nodes: Int?) { read { $0.graphNodeLimit = nodes } }

    public func inject(_ fault: Fault) {
        read { $0.faults.add(fault) }
    }

    public func clearFaults() {
        read { $0.faults.clear() }
    }

    func strike(path: String) -> (kind: Fault.Kind, seed: UInt64)? {
        read { $0.faults.isEmpty ? nil : $0.faults.strike(path: path) }
    }

    /// Keys of all issues, in the order of their ids.
    public var issueKeys: [String] { read { $0.jira.issues.sorted { $0.id < $1.id }.map(\.key) } }

    /// Full name and number of all pull requests.
    public var pullNumbers: [(repository: String, number: Int)] {
        read { content in
            content.gitHub.repositories.flatMap { repository in repository.pulls.map { (repository.fullName, $0.number) } }
        }
    }
}
