import Foundation
import Postgres
import PulseModel

/// The writing of one page, within its transaction.
struct Ingestion {
    let connection: PostgresConnection
    let tenant: UUID
    let integration: UUID
    var writer: EntityWriter
    var result = IngestionResult()

    init(connection: PostgresConnection, tenant: UUID, integration: UUID, fetchedAt: Date) {
        self.connection = connection
        self.tenant = tenant
        self.integration = integration
        self.writer = EntityWriter(connection: connection, tenant: tenant, integration: integration, fetchedAt: fetchedAt)
    }

    /// Parents go before children, so that documents are complete as early as can be; nothing depends on it.
    mutating func write(_ page: IngestionPage) async throws -> IngestionResult {
        // Shown by nothing else, so it waits for nobody: a fifth of the writing.
        try await self.writeRaw(page.raw, fetchedAt: page.fetchedAt)
        try await Self.waitForOthers(tenant: self.tenant, connection: self.connection)
        try await self.checkConnected()
        try await self.forgetPositions(ofRenamed: page.projects)
        try await self.writeAndEnqueue(page.projects)
        try await self.writeAndEnqueue(page.workItemTypes)
        try await self.writeAndEnqueue(page.statuses)
        if page.derivesConfiguration { try await self.deriveConfiguration(page) }
        try await self.keepFormerKeys(of: page.workItems)
        let items = try await self.writeAndEnqueue(page.workItems)
        let changes = try await self.writeAndEnqueue(page.changelogs)
        try await self.keepFormerKeys(in: page.changelogs)
        try await self.updateFlow(of: Self.changedIssues(items, changes, of: page))
        try await self.writeAndEnqueue(page.repositories)
        if !page.repositories.isEmpty { try await self.renameChildren(of: page.repositories.map(\.stableID)) }
        let (pullRequests, commits) = try await self.underPresentNames(page.pullRequests, page.commits)
        try await self.writeAndEnqueue(self.withLineComments(pullRequests))
        try await self.writeAndEnqueue(commits)
        try await self.writeAndEnqueue(page.reviews)
        try await self.writeAndEnqueue(page.comments)
        try await self.countLineComments(page.comments)
        try await self.removeVanished(Commit.self, page.completeSets(of: .commits, page.commits))
        try await self.removeVanished(Review.self, page.completeSets(of: .reviews, page.reviews))
        try await self.writeDeployments(page.deployments)
        try await self.writeReleases(page.releases)
        try await self.writeBranchCommits(page.branchCommits)
        let mentions = try await self.current(page.mentions)
        try await self.writeMentions(mentions)
        try await self.writeAndEnqueue(page.links)
        try await self.removeVanishedLinks(ofPanels: page.completePanels, page.links)
        try await self.materializeLinks(page, mentions: mentions)
        try await self.renameLinks(ofWorkItems: page.workItems.map(\.id))
        try await self.writeBoards(page.boards)
        // Last, so that what the source says is gone stays gone whatever else the page brings.
        try await self.delete(page.deletions)
        try await self.writeSprints(page.sprints)
        try await self.removeRows(of: "boards", page.removedBoards)
        try await self.removeRows(of: "sprints", page.removedSprints)
        try await self.removeRows(of: "releases", page.removedReleases)
        try await self.writeUsers(page.users)
        try await self.writeRejected(page.rejected)
        if let checkpoint = page.checkpoint { try await self.writeCheckpoint(checkpoint) }
        try await self.confirm(page.unchangedUnits)
        if self.result.queued > 0 { try await self.connection.query(QueueSQL.notify) }
        return self.result
    }

    /// One page of a tenant is written after the other: two at once would not see each other's rows, and neither would queue what
    /// shows something of both (a link and its pull request's title), or tie an issue to the pull request that names it.
    ///
    /// Nothing waits for the network meanwhile; other tenants go on.
    static func waitForOthers(tenant: UUID, connection: PostgresConnection) async throws {
        try await connection.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('ingestion ' || $1::text, 0))",
            [.text(tenant.uuidString)]
        )
    }

    /// Needs that others have been waited for: whoever disconnects an integration waits as well.
    ///
    /// - Throws: ``IntegrationDisconnected``.
    private func checkConnected() async throws {
        let rows = try await self.connection.query(
            "SELECT id FROM integrations WHERE tenant_id = $1 AND id = $2 AND active",
            [.uuid(self.tenant), .uuid(self.integration)]
        )
        guard !rows.isEmpty else { throw IntegrationDisconnected() }
    }

    // MARK: Entities

    /// - Returns: the rows that changed.
    @discardableResult
    mutating func writeAndEnqueue<E: StoredEntity>(_ entities: [E]) async throws -> [ChangedEntity] {
        guard !entities.isEmpty else { return [] }
        let rows = self.writer.ordered(entities)
        let changed = try await self.writer.write(rows)
        self.result.written += changed.count
        self.result.unchanged += rows.count - changed.count
        try await self.enqueue(changed, of: E.table, integration: self.integration)
        return changed
    }

    /// Puts the changed rows and all whose documents show something of them into the queue.
    mutating func enqueue(_ changed: [ChangedEntity], of table: EntityTable, integration: UUID) async throws {
        guard !changed.isEmpty else { return }
        let rows = try await self.connection.query(
            """
            WITH change AS (
                SELECT $3::uuid AS integration_id, $4::text AS source, $5::text AS table_name, c.external_id, c.entity, c.operation
                FROM unnest($6::uuid[], $7::text[], $8::text[]) AS c (entity, external_id, operation)
            )
            \(QueueSQL.enqueueChanges)
            """,
            [
                .uuid(self.tenant), .int(0), .uuid(integration), .text(table.source.rawValue), .text(table.rawValue),
                .uuids(changed.map(\.entity)), .texts(changed.map(\.externalID)), .texts(changed.map(\.operation.rawValue)),
            ]
        )
        self.result.queued += rows.affectedRows
        let touching = changed.filter(\.touchesOthers).map(\.stableID)
        self.result.queued += try await FanOut.begin(
            FanOut.Change(table: table, integration: integration, stableIDs: touching),
            tenant: self.tenant,
            connection: self.connection
        )
    }

    /// Children that a complete set no longer holds are gone.
    mutating func removeVanished<E: StoredEntity>(_ type: E.Type, _ sets: IngestionPage.PresentChildren) async throws {
        guard !sets.numbers.isEmpty else { return }
        let vanished = try await self.connection.query(
            """
            SELECT t.entity
            FROM unnest($3::text[], $4::bigint[]) AS s (repository_id, number)
            CROSS JOIN LATERAL (
                SELECT t.entity FROM \(E.table.rawValue) t
                WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.repository_id = s.repository_id
                  AND t.pr_number = s.number AND t.deleted_at IS NULL
                OFFSET 0
            ) t
            WHERE NOT EXISTS (SELECT FROM unnest($5::uuid[]) AS p (entity) WHERE p.entity = t.entity)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(sets.repositories), .ints(sets.numbers),
                .uuids(sets.stableIDs.map { self.writer.id(of: E.table, $0) }),
            ]
        ).map { try $0.decode("entity", as: UUID.self) }
        try await self.remove(E.self, vanished)
    }

    /// What is derived from the tables is as new as the tables, whenever the page that gave cause for it was fetched.
    func derivationTime() async throws -> Date {
        let rows = try await self.connection.query(
            "SELECT greatest(clock_timestamp(), $1) AS now",
            [.timestamp(self.writer.fetchedAt)]
        )
        return try rows.first?.decode("now") ?? self.writer.fetchedAt
    }

    func writer(for integration: UUID, at time: Date) -> EntityWriter {
        EntityWriter(connection: self.connection, tenant: self.tenant, integration: integration, fetchedAt: time)
    }
}
