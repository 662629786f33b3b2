public import Foundation
public import PulseModel

/// What connectors ask of the database.
///
/// ``Store`` is the real one. Connectors are written against this protocol so that their decoding and paging can be tested
/// without a database.
public protocol IngestionStore: Sendable {
    /// How far the unit has come; nil where it was never begun.
    func checkpoint(tenant: UUID, integration: UUID, unit: String) async throws -> Checkpoint?

    /// Names of the units that begin so and whose last pass came to its end without a failure.
    func completeUnits(_ prefix: String, tenant: UUID, integration: UUID) async throws -> Set<String>

    /// Writes the page's rows, their queue rows and the checkpoint in one transaction.
    func write(_ page: IngestionPage, tenant: UUID, integration: UUID) async throws -> IngestionResult

    /// Records that a unit failed, without moving its position.
    func recordFailure(tenant: UUID, integration: UUID, unit: String, kind: String, message: String) async throws

    /// The repositories of these stable ids that stand and are not deleted, in the order of the ids.
    func repositories(_ ids: [String], tenant: UUID, integration: UUID) async throws -> [Repository]

    /// Ids of the repository's releases that stand and that no page has brought since `time`, sorted.
    func releases(of repositoryID: String, notSeenSince time: Date, tenant: UUID, integration: UUID) async throws -> [String]

    /// Those of these stable ids of issues that stand and are not deleted.
    func standingIssues(_ ids: [String], tenant: UUID, integration: UUID) async throws -> Set<String>

    /// An object as it was kept last (``RawRecord``), as JSON text; nil where none is kept.
    func keptRecord(_ kind: String, _ stableID: String, tenant: UUID, integration: UUID) async throws -> String?
}
