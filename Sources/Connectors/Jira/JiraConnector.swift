public import Foundation
public import HTTPTransport
public import Logging
public import Store

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
        let selection = UnitSelection(units: units, isSweeping: isSweeping)
        return await run.run { try await self.sync(selection, run) }
    }

    private func sync(_ selection: UnitSelection, _ run: SyncRun) async throws {
        let known = try await run.unit("fields") { try await self.fields(run, unit: "fields") }
        let (projects, mayList) = try await self.listProjects(run)
        let configuration = try await run.unit("configuration") { try await self.configuration(run, unit: "configuration") }
        // Without the fields, issues would lose their story points and sprints; better they wait.
        guard var fields = known else { return }
        fields.additional = self.definition.fields
        fields.isWikiText = self.isDataCenter
        // Where no field is known to hold estimates, issues need the boards.
        let needsEstimates = fields.storyPoints.isEmpty
        var boards: Boards?
        if ["boards", "sweep:boards", "sweep:sprints"].contains(where: selection.isWanted) || needsEstimates {
            boards = try await run.unit("boards") { try await self.boards(fields, run, unit: "boards") }
            if boards == nil, needsEstimates { return }
            fields.storyPoints += (boards?.estimates ?? []).filter { !fields.storyPoints.contains($0) }
        }
        if selection.isWanted("users") { _ = try await run.unit("users") { try await self.users(run, unit: "users") } }
        let (found, listed) = (fields, projects?.ids)
        /// What one project's pages learn is not another's: it may not be written yet.
        @Sendable func context() -> IssueContext {
            let context = IssueContext(fields: found, projects: listed, configuration: configuration)
            context.hasNoBulkHistories = self.isDataCenter
            return context
        }
        // A list that fails for once is read next time; without it, all issues would be read again then.
        let keys = projects?.keys ?? (mayList ? nil : [])
        try await self.readIssues(selection, listed: keys, renamed: projects?.renamed ?? [:], context, run)
        if selection.isWanted("sweep:issues"), let projects {
            try await self.sweep(of: projects, context(), isForced: selection.isForced("sweep:issues"), run)
        }
        let lists = self.lists(projects: listed, types: configuration?.types, statuses: configuration?.statuses, boards)
        for list in lists where selection.isWanted(list.unit) {
            try await self.sweep(list, isForced: selection.isForced(list.unit), run)
        }
    }

    /// - Returns: the projects, nil where the list could not be read; and whether the account may read it at all.
    private func listProjects(_ run: SyncRun) async throws -> (projects: ListedProjects?, mayList: Bool) {
        var mayList = true
        let projects = try await run.unit("projects") {
            do {
                return try await self.projects(run, unit: "projects")
            } catch let error as ConnectorError where error.kind == .permission || error.kind == .notFound {
                mayList = false
                throw error
            }
        }
        return (projects, mayList)
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
