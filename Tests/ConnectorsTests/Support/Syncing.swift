import Foundation
import HTTPTransport
import Logging
import Store

@testable import Connectors

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func syncGitHub(
    _ transport: any HTTPTransport,
    _ store: any IngestionStore,
    time: FakeTime = FakeTime(),
    repositories: [String] = ["acme/api"],
    organization: String? = nil,
    policy: RetryPolicy = RetryPolicy(),
    usesGraphQL: Bool = true,
    progress: @escaping @Sendable (SyncProgress) -> Void = { _ in }
) async throws -> SyncReport {
    let connector = try GitHubConnector(
        GitHubDefinition(
            baseURL: FakeGitHub.host,
            organization: organization,
            repositories: repositories,
            token: SecretReference(variable: "T"),
            usesGraphQL: usesGraphQL
        ),
        tokens: [Secret("ghp_topsecret")],
        transport: transport,
        store: store,
        tenant: UUID(),
        integration: UUID(),
        logger: quiet,
        clock: time.clock,
        policy: policy
    )
    return await connector.sync(progress: progress)
}

func syncJira(
    _ transport: any HTTPTransport,
    _ store: any IngestionStore,
    time: FakeTime = FakeTime(),
    projects: [String] = ["PAY", "OPS"],
    fields: [String] = [],
    only units: Set<String>? = nil
) async throws -> SyncReport {
    let connector = try JiraConnector(
        JiraDefinition(
            baseURL: FakeJira.host,
            email: "a@b.test",
            apiToken: SecretReference(variable: "T"),
            projects: projects,
            fields: fields
        ),
        token: Secret("jira_topsecret"),
        transport: transport,
        store: store,
        tenant: UUID(),
        integration: UUID(),
        logger: quiet,
        clock: time.clock
    )
    return await connector.sync(only: units)
}
