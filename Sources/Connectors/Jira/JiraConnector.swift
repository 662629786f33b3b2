public import Foundation
public import HTTPTransport
public import Logging
public import Store
import Synchronization

/// Brings the projects, issue types, statuses, boards, sprints, people, issues and histories of a Jira site into the store.
///
/// Each page is one transaction with its checkpoint, so a crash costs one page. Units are the lists and each project's issues, side
/// by side: of the projects that are named, else of all that the account sees, and of those that no list shows. A unit that fails
/// harms no other.
public struct JiraConnector: Sendable {
    /// What was updated so long before the watermark is read again: Jira's search is eventually consistent.
    static let overlap: TimeInterval = 300
    /// After so many pages the list of issues is asked for anew, from the newest update seen: a first sync of a big site goes in
    /// slices of dates, and a token that expires costs no more than one.
    static let pagesPerSlice = 50
    /// Projects that are read side by side, and questions of one page that need not wait for each other.
    static let projectsAtOnce = 5

    let definition: JiraDefinition
    private let base: SourceURL
    private let token: Secret
    private let transport: any HTTPTransport
    private let store: any IngestionStore
    private let tenant: UUID
    private let integration: UUID
    private let logger: Logger
    private let clock: SourceClock
    private let policy: RetryPolicy

    /// - Parameter token: of ``JiraDefinition/resolveSecrets(environment:)``.
    /// - Throws: where the definition's address is not usable.
    public init(
        _ definition: JiraDefinition,
        token: Secret,
        transport: any HTTPTransport,
        store: any IngestionStore,
        tenant: UUID,
        integration: UUID,
        logger: Logger,
        clock: SourceClock = .system,
        policy: RetryPolicy = RetryPolicy()
    ) throws(IntegrationDefinitionError) {
        guard let base = SourceURL(definition.baseURL), base.origin.isSafeForSecrets else {
            throw IntegrationDefinitionError("base_url", "is not usable", remedy: "write it as https://acme.atlassian.net")
        }
        self.definition = definition
        self.base = base
        self.token = token
        self.transport = transport
        self.store = store
        self.tenant = tenant
        self.integration = integration
        self.logger = logger
        self.clock = clock
        self.policy = policy
    }

    /// Where people see the site's pages.
    var site: String { "\(self.base.origin)\(self.base.path)" }

    var isDataCenter: Bool { self.definition.deployment == .dataCenter }

    /// A path of the platform's API, such as `field`.
    func api(_ path: String) -> String { "/rest/api/\(self.isDataCenter ? "2" : "3")/\(path)" }

    /// Reads all that is new since the last call; goes on where an interrupted one stopped.
    ///
    /// Never throws: what failed stands in the report, and cancelling ends it after the request under way.
    ///
    /// - Parameters:
    ///   - units: only these, as `issues:PAY`, and the lists that they need; nil takes all. So what failed is tried alone.
    ///   - isSweeping: looks for what was deleted now, instead of when it is due; the sweeps that `units` names do so in any case.
    public func sync(
        only units: Set<String>? = nil,
        isSweeping: Bool = false,
        progress: @escaping @Sendable (SyncProgress) -> Void = { _ in }
    ) async -> SyncReport {
        let run = self.run(progress)
        return await run.run {
            let fields = try await run.unit("fields") { try await self.fields(run, unit: "fields") }
            var mayList = true
            let projects = try await run.unit("projects") {
                do {
                    return try await self.projects(run, unit: "projects")
                } catch let error as ConnectorError where error.kind == .permission || error.kind == .notFound {
                    mayList = false
                    throw error
                }
            }
            let configuration = try await run.unit("configuration") { try await self.configuration(run, unit: "configuration") }
            // Without the fields, issues would lose their story points and sprints; better they wait.
            guard var fields else { return }
            fields.additional = self.definition.fields
            fields.isWikiText = self.isDataCenter
            func isWanted(_ unit: String) -> Bool { units?.contains(unit) ?? true }
            func isForced(_ sweep: String) -> Bool { isSweeping || units?.contains(sweep) == true }
            // Where no field is known to hold estimates, issues need the boards.
            let needsEstimates = fields.storyPoints.isEmpty
            var boards: Boards?
            if ["boards", "sweep:boards", "sweep:sprints"].contains(where: isWanted) || needsEstimates {
                boards = try await run.unit("boards") { try await self.boards(fields, run, unit: "boards") }
                if boards == nil, needsEstimates { return }
                fields.storyPoints += (boards?.estimates ?? []).filter { !fields.storyPoints.contains($0) }
            }
            if isWanted("users") { _ = try await run.unit("users") { try await self.users(run, unit: "users") } }
            let found = fields
            let listed = projects?.ids
            /// What one project's pages learn is not another's: it may not be written yet.
            @Sendable func context() -> IssueContext {
                let context = IssueContext(fields: found, projects: listed, configuration: configuration)
                context.hasNoBulkHistories = self.isDataCenter
                return context
            }
            // A list that fails for once is read next time; without it, all issues would be read again then.
            let keys = projects?.keys ?? (mayList ? nil : [])
            let renamed = projects?.renamed ?? [:]
            var survey: Survey?
            if units == nil, self.definition.projects.isEmpty, let keys = projects?.keys, keys.count >= Self.fewestSurveyed {
                survey = try await run.unit("changes") { try await self.survey(keys, unit: "changes", run) }
            }
            let unchanged = survey?.unchanged ?? []
            let scopes = self.scopes(toRead: units, listed: keys).filter { scope in
                if case .project(let key) = scope { !unchanged.contains(key) } else { true }
            }
            let covered = Mutex(unchanged)
            try await run.parallel(scopes, atOnce: Self.projectsAtOnce) { scope, run in
                let isInSight = try await run.unit(scope.unit) {
                    try await self.issuesInSight(of: scope, renamed: renamed, context(), run)
                }
                if case .project(let key) = scope, isInSight == true { covered.withLock { _ = $0.insert(key) } }
            }
            if let newest = survey?.newest { try await self.keep(newest, of: covered.withLock { $0 }, run) }
            if isWanted("sweep:issues"), let projects {
                try await self.sweep(of: projects, context(), isForced: isForced("sweep:issues"), run)
            }
            let lists = self.lists(projects: listed, types: configuration?.types, statuses: configuration?.statuses, boards)
            for list in lists where isWanted(list.unit) { try await self.sweep(list, isForced: isForced(list.unit), run) }
        }
    }

    /// Whose issues are read: the named projects', else those of all that the account sees, each from its own beginning on, and last
    /// those of projects that Jira does not list and yet shows issues of.
    ///
    /// - Parameters:
    ///   - units: only these; one that failed is among them although its project is not listed any more.
    ///   - listed: keys that Jira has listed; empty where it never will, nil where it has not this time.
    private func scopes(toRead units: Set<String>?, listed: [String]?) -> [IssueScope] {
        guard self.definition.projects.isEmpty else {
            return self.definition.projects.map { .project($0) }.filter { units?.contains($0.unit) ?? true }
        }
        let all = listed.map { keys in keys.map { .project($0) } + [IssueScope.others(than: keys)] } ?? []
        guard let units else { return all }
        let unlisted = units.subtracting(all.map(\.unit)).sorted().compactMap { IssueScope.project(ofUnit: $0) }
        return all.filter { units.contains($0.unit) } + unlisted
    }

    /// Asks who is calling, to see whether address and token are good.
    ///
    /// - Throws: ``ConnectorError`` saying what is not.
    public func test() async throws {
        let run = self.run { _ in }
        _ = try await run.client.get(run.client.url(self.api("myself")), unit: "myself")
    }

    func run(_ progress: @escaping @Sendable (SyncProgress) -> Void) -> SyncRun {
        let credentials = Data("\(self.definition.email):\(self.token.value)".utf8).base64EncodedString()
        // Data Center's personal access tokens name their user themselves.
        let authorization = self.definition.email.isEmpty ? "Bearer \(self.token.value)" : "Basic \(credentials)"
        let client = SourceClient(
            base: self.base,
            headers: [
                "authorization": authorization,
                "accept": "application/json",
                "user-agent": "pulse",
            ],
            secrets: [self.token.value, credentials],
            dialect: .jira,
            transport: self.transport,
            clock: self.clock,
            policy: self.policy,
            logger: self.logger,
            progress: progress
        )
        return SyncRun(
            client: client,
            clock: self.clock,
            store: self.store,
            tenant: self.tenant,
            integration: self.integration,
            logger: self.logger,
            progress: progress
        )
    }
}
