public import Foundation
public import HTTPTransport
public import Logging
import PulseModel
public import Store

/// Brings GitHub's repositories, pull requests, commits, reviews, comments, deployments and releases into the store: pull requests
/// with what hangs on them over GraphQL, or over REST where that is refused; the rest over REST.
///
/// Each page is one transaction with its checkpoint, so a crash costs one page. Units are the list of repositories and, for each
/// repository, its pull requests, its line comments, its conversation comments, its deployments, releases and commits; a unit that
/// fails harms no other. Repositories are read side by side.
public struct GitHubConnector: Sendable {
    /// What was updated so long before the watermark is read again: lists of replicas may lag.
    static let overlap: TimeInterval = 300
    /// Repositories that are read side by side.
    static let repositoriesAtOnce = 5

    let definition: GitHubDefinition
    private let base: SourceURL
    private let credentials: [SourceCredential]
    var credentialCount: Int { self.credentials.count }
    private let secrets: [Secret]
    private let transport: any HTTPTransport
    private let store: any IngestionStore
    private let tenant: UUID
    private let integration: UUID
    private let logger: Logger
    private let clock: SourceClock
    private let policy: RetryPolicy

    /// - Parameters:
    ///   - tokens: of ``GitHubDefinition/resolveTokens(environment:)``; each request takes the one with the most left.
    ///   - appKey: of the definition's app, where it has one.
    /// - Throws: where the definition's address is not usable.
    public init(
        _ definition: GitHubDefinition,
        tokens: [Secret],
        appKey: GitHubAppKey? = nil,
        transport: any HTTPTransport,
        store: any IngestionStore,
        tenant: UUID,
        integration: UUID,
        logger: Logger,
        clock: SourceClock = .system,
        policy: RetryPolicy = RetryPolicy()
    ) throws(IntegrationDefinitionError) {
        guard let base = SourceURL(definition.baseURL), base.origin.isSafeForSecrets else {
            throw IntegrationDefinitionError("base_url", "is not usable", remedy: "write it as https://api.github.com")
        }
        self.definition = definition
        self.base = base
        var credentials = tokens.map { SourceCredential($0) }
        if let app = definition.app, let appKey {
            let token = GitHubAppToken(
                appID: app.id,
                installationID: app.installation,
                key: appKey,
                base: base,
                transport: transport,
                clock: clock
            )
            credentials.append(
                SourceCredential(name: "app-\(app.id)-\(app.installation)") {
                    try await token.authorization()
                } forget: { refused in
                    await token.forget(refused)
                }
            )
        }
        self.credentials = credentials
        self.secrets = tokens + [appKey?.pem].compactMap(\.self)
        self.transport = transport
        self.store = store
        self.tenant = tenant
        self.integration = integration
        self.logger = logger
        self.clock = clock
        self.policy = policy
    }

    /// Reads all that is new since the last call; goes on where an interrupted one stopped.
    ///
    /// Never throws: what failed stands in the report, and cancelling ends it after the requests under way.
    ///
    /// - Parameters:
    ///   - units: only these, as `pulls:acme/api@42`, and the list of repositories; nil takes all. So what failed is tried alone.
    ///   - isSweeping: looks for what was deleted now, instead of when it is due; the sweeps that `units` names do so in any case.
    public func sync(
        only units: Set<String>? = nil,
        isSweeping: Bool = false,
        progress: @escaping @Sendable (SyncProgress) -> Void = { _ in }
    ) async -> SyncReport {
        let run = self.run(progress)
        let access = GraphAccess(isOff: !self.definition.usesGraphQL)
        return await run.run {
            let repositories = try await self.repositories(run)
            try await run.parallel(
                repositories,
                unitsEach: Self.unitsOfRepository,
                atOnce: Self.repositoriesAtOnce
            ) { repository, run in
                try await self.read(repository, only: units, access, run)
                if units.map({ $0.contains(Self.sweepUnit(of: repository)) }) ?? true {
                    try await self.sweep(repository, access, isForced: isSweeping || units != nil, run)
                }
            }
            if units.map({ $0.contains("sweep:repositories") }) ?? true {
                try await self.sweepRepositories(isForced: isSweeping || units != nil, run)
            }
        }
    }

    /// Those that ``read(_:only:_:_:)`` goes through.
    private static let unitsOfRepository = 6

    private func read(
        _ repository: Repository,
        only units: Set<String>?,
        _ access: GraphAccess,
        _ run: SyncRun
    ) async throws {
        let name = "\(repository.fullName)@\(repository.id)"
        func unit(_ kind: String, _ body: (String) async throws -> Void) async throws {
            let unit = "\(kind):\(name)"
            guard units?.contains(unit) ?? true else { return }
            _ = try await run.unit(unit) { try await body(unit) }
        }
        try await unit("pulls") { try await self.pulls(of: repository, access, unit: $0, run) }
        for kind in [Comment.Kind.review, .issue] {
            try await unit("\(kind.rawValue)-comments") { try await self.comments(kind, of: repository, unit: $0, run) }
        }
        try await unit("deployments") { try await self.deployments(of: repository, access, unit: $0, run) }
        try await unit("releases") { try await self.releases(of: repository, unit: $0, run) }
        try await unit("commits") { try await self.branchCommits(of: repository, unit: $0, run) }
    }

    /// Asks for the first repository, to see whether address, token and names are good.
    ///
    /// - Throws: ``ConnectorError`` saying what is not.
    public func test() async throws {
        let run = self.run { _ in }
        if let name = self.definition.repositories.first {
            _ = try await run.client.get(run.client.url("/repos/\(name)"), unit: "repository:\(name)")
        } else {
            var known = ListedRepositories()
            let answer = try await self.listing(&known, pageSize: 1, unit: "repositories", run).answer
            let others = self.otherOwners(in: answer)
            if !others.isEmpty { throw self.isInstalledElsewhere(others, unit: "repositories") }
        }
    }

    func run(_ progress: @escaping @Sendable (SyncProgress) -> Void) -> SyncRun {
        var headers: HTTPHeaders = [
            "accept": "application/vnd.github+json",
            "user-agent": "pulse",
        ]
        if let version = self.definition.apiVersion { headers["x-github-api-version"] = version }
        let client = SourceClient(
            base: self.base,
            headers: headers,
            credentials: self.credentials,
            secrets: self.secrets.map(\.value),
            dialect: .github,
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
