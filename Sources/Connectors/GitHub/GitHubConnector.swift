public import Foundation
public import HTTPTransport
public import Logging
import PulseModel
public import Store

/// Brings GitHub's repositories, pull requests, commits, reviews and comments into the store, over REST.
///
/// Each page is one transaction with its checkpoint, so a crash costs one page. Units are the list of repositories and, for each
/// repository, its pull requests, its line comments and its conversation comments; a unit that fails harms no other.
public struct GitHubConnector: Sendable {
    /// What was updated so long before the watermark is read again: lists of replicas may lag.
    static let overlap: TimeInterval = 300

    let definition: GitHubDefinition
    private let base: SourceURL
    private let token: Secret
    private let transport: any HTTPTransport
    private let store: any IngestionStore
    private let tenant: UUID
    private let integration: UUID
    private let logger: Logger
    private let clock: SourceClock
    private let policy: RetryPolicy

    /// - Parameter token: of ``GitHubDefinition/resolveSecrets(environment:)``.
    /// - Throws: where the definition's address is not usable.
    public init(
        _ definition: GitHubDefinition,
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
            throw IntegrationDefinitionError("base_url", "is not usable", remedy: "write it as https://api.github.com")
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

    /// Reads all that is new since the last call; goes on where an interrupted one stopped.
    ///
    /// Never throws: what failed stands in the report, and cancelling ends it after the request under way.
    public func sync(progress: @escaping @Sendable (SyncProgress) -> Void = { _ in }) async -> SyncReport {
        let run = self.run(progress)
        return await run.run {
            for repository in try await self.repositories(run) {
                let name = "\(repository.fullName)@\(repository.id)"
                _ = try await run.unit("pulls:\(name)") { try await self.pulls(of: repository, unit: "pulls:\(name)", run) }
                for kind in [Comment.Kind.review, .issue] {
                    let unit = "\(kind.rawValue)-comments:\(name)"
                    _ = try await run.unit(unit) { try await self.comments(kind, of: repository, unit: unit, run) }
                }
            }
        }
    }

    /// Asks for the first repository, to see whether address, token and names are good.
    ///
    /// - Throws: ``ConnectorError`` saying what is not.
    public func test() async throws {
        let run = self.run { _ in }
        if let name = self.definition.repositories.first {
            _ = try await run.client.get(run.client.url("/repos/\(name)"), unit: "repository:\(name)")
        } else {
            _ = try await self.listing(run, unit: "repositories", pageSize: 1)
        }
    }

    private func run(_ progress: @escaping @Sendable (SyncProgress) -> Void) -> SyncRun {
        var headers: HTTPHeaders = [
            "authorization": "Bearer \(self.token.value)",
            "accept": "application/vnd.github+json",
            "user-agent": "pulse",
        ]
        if let version = self.definition.apiVersion { headers["x-github-api-version"] = version }
        let client = SourceClient(
            base: self.base,
            headers: headers,
            secrets: [self.token.value],
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
