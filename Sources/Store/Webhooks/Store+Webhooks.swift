public import Foundation
import Postgres

extension Store {
    private static let webhookChannel = "pulse_webhooks"

    /// Whose integration it is; nil where there is none. Nobody has proved anything yet: the caller checks the signature.
    public func webhookIntegration(_ id: UUID) async throws -> WebhookIntegration? {
        let rows = try await self.pool.query("SELECT * FROM webhook_integration($1)", [.uuid(id)])
        guard let row = rows.first else { return nil }
        let tenant: UUID = try row.decode("tenant_id")
        let kind: String = try row.decode("kind")
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT configuration::text AS configuration FROM integrations WHERE tenant_id = $1 AND id = $2",
                [.uuid(tenant), .uuid(id)]
            ).first.map { row in
                try WebhookIntegration(tenant: tenant, kind: kind, configuration: row.decode("configuration"))
            }
        }
    }

    /// Keeps a delivery whose signature was right, and wakes the workers.
    ///
    /// - Returns: false where it was delivered before.
    public func receiveWebhook(
        tenant: UUID,
        integration: UUID,
        delivery: String,
        event: String,
        body: [UInt8]
    ) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                INSERT INTO webhook_deliveries (tenant_id, integration_id, delivery_id, event, body)
                VALUES ($1, $2, $3::text, $4::text, $5)
                ON CONFLICT (tenant_id, integration_id, delivery_id) DO NOTHING
                RETURNING id
                """,
                [
                    .uuid(tenant), .uuid(integration), .text(StorableText.plain(delivery)), .text(StorableText.plain(event)),
                    .bytes(body),
                ]
            )
            guard !rows.isEmpty else { return false }
            try await connection.query("SELECT pg_notify('\(Self.webhookChannel)', '')")
            return true
        }
    }

    /// An element for each delivery that comes in, and one after each connect.
    public func webhookChanges() -> AsyncStream<Void> {
        let events = PostgresListener(configuration: self.configuration).listen(to: [Self.webhookChannel])
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let task = Task {
                for await _ in events { continuation.yield() }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Takes deliveries that wait, of any tenant: the oldest of each integration, and none of one of which some are in hand, here or
    /// elsewhere. One that is neither finished nor renewed within `lease` is taken again.
    ///
    /// - Parameters:
    ///   - each: of one integration, at most.
    ///   - except: integrations that are left out.
    public func claimWebhooks(
        limit: Int,
        each: Int,
        lease: Duration,
        except: Set<UUID> = []
    ) async throws -> [ClaimedWebhook] {
        let rows = try await self.pool.query(
            "SELECT * FROM claim_webhooks($1::integer, make_interval(secs => $2), $3::integer, $4::uuid[])",
            [.int(limit), .double(lease.inSeconds), .int(each), .uuids(Array(except))]
        )
        return try rows.map { row in
            try ClaimedWebhook(
                tenant: row.decode("tenant_id"),
                integration: row.decode("integration_id"),
                id: row.decode("id"),
                attempts: row.decode("attempts"),
                isShown: row.decode("is_shown")
            )
        }.sorted { $0.id < $1.id }
    }

    /// Keeps those in hand that are neither finished nor postponed yet.
    public func renewWebhooks(_ claimed: [ClaimedWebhook], lease: Duration) async throws {
        guard let tenant = claimed.first?.tenant else { return }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE webhook_deliveries
                SET lease_until = now() + make_interval(secs => $3), available_at = now() + make_interval(secs => $3)
                WHERE tenant_id = $1 AND id = ANY ($2::bigint[]) AND status = 'pending' AND lease_until IS NOT NULL
                """,
                [.uuid(tenant), .ints(claimed.map(\.id)), .double(lease.inSeconds)]
            )
            return ()
        }
    }

    /// Gives back those that are neither finished nor postponed: they can be taken again after a while, and hold up no others.
    public func releaseWebhooks(_ claimed: [ClaimedWebhook], after pause: Duration) async throws {
        guard let tenant = claimed.first?.tenant else { return }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE webhook_deliveries
                SET lease_until = NULL, available_at = now() + make_interval(secs => $3)
                WHERE tenant_id = $1 AND id = ANY ($2::bigint[]) AND status = 'pending' AND lease_until IS NOT NULL
                """,
                [.uuid(tenant), .ints(claimed.map(\.id)), .double(pause.inSeconds)]
            )
            return ()
        }
    }

    /// The delivery with its integration; nil where either is gone or another has finished it.
    public func webhook(_ claimed: ClaimedWebhook) async throws -> WebhookDelivery? {
        try await self.inTenant(claimed.tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT d.event, d.body, d.received_at, \(StoredIntegration.columns)
                FROM webhook_deliveries d
                JOIN integrations i ON i.tenant_id = d.tenant_id AND i.id = d.integration_id AND i.active
                WHERE d.tenant_id = $1 AND d.id = $2 AND d.status = 'pending' AND d.body IS NOT NULL
                """,
                [.uuid(claimed.tenant), .int(claimed.id)]
            )
            return try rows.first.map { row in
                try WebhookDelivery(
                    kind: row.decode("kind"),
                    event: row.decode("event"),
                    body: row.decode("body"),
                    receivedAt: row.decode("received_at"),
                    integration: StoredIntegration(row)
                )
            }
        }
    }

    /// Writes what the delivery told and finishes it, in one transaction: rows, queue rows and the mark that it is done.
    ///
    /// - Returns: what was written; nothing where another worker has finished it meanwhile.
    @discardableResult
    public func finishWebhook(
        _ claimed: ClaimedWebhook,
        _ outcome: WebhookOutcome,
        message: String? = nil,
        writing page: IngestionPage? = nil
    ) async throws -> IngestionResult {
        try await self.inTenantInserting(claimed.tenant) { connection in
            let rows = try await connection.query(
                """
                UPDATE webhook_deliveries
                SET status = $3::text, message = $4::text, finished_at = now(), body = CASE $3 WHEN 'failed' THEN body END,
                    lease_until = NULL
                WHERE tenant_id = $1 AND id = $2 AND status = 'pending'
                RETURNING id
                """,
                [
                    .uuid(claimed.tenant), .int(claimed.id), .text(outcome.rawValue),
                    .optional(message.map(StorableText.plain)),
                ]
            )
            guard !rows.isEmpty, let page else { return IngestionResult() }
            var ingestion = Ingestion(
                connection: connection,
                tenant: claimed.tenant,
                integration: claimed.integration,
                fetchedAt: page.fetchedAt
            )
            return try await ingestion.write(page)
        }
    }

    /// Lets the delivery, of which is written what it shows, wait and be taken again.
    ///
    /// - Parameter isCounted: whether this was an attempt; a limit of the source, and what was not even asked for, is none.
    public func postponeWebhook(
        _ claimed: ClaimedWebhook,
        by pause: Duration,
        message: String,
        isCounted: Bool = true
    ) async throws {
        try await self.inTenant(claimed.tenant) { connection in
            try await connection.query(
                """
                UPDATE webhook_deliveries
                SET available_at = now() + make_interval(secs => $3), message = $4::text, lease_until = NULL,
                    shown_at = coalesce(shown_at, now()),
                    attempts = CASE WHEN $5 THEN attempts ELSE greatest(attempts - 1, 0) END
                WHERE tenant_id = $1 AND id = $2 AND status = 'pending'
                """,
                [
                    .uuid(claimed.tenant), .int(claimed.id), .double(pause.inSeconds), .text(StorableText.plain(message)),
                    .bool(isCounted),
                ]
            )
            return ()
        }
    }
    /// Lets all deliveries of an integration wait that wait for nothing but its source, those in hand that are given here and those
    /// that nobody has in hand. It is no attempt.
    ///
    /// - Returns: how many wait longer than they would have.
    @discardableResult
    public func postponeWebhooks(
        tenant: UUID,
        integration: UUID,
        claimed: [ClaimedWebhook],
        by pause: Duration,
        message: String
    ) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE webhook_deliveries
                SET available_at = now() + make_interval(secs => $4), message = $5::text, lease_until = NULL,
                    attempts = CASE WHEN id = ANY ($3::bigint[]) THEN greatest(attempts - 1, 0) ELSE attempts END
                WHERE tenant_id = $1 AND integration_id = $2 AND status = 'pending' AND shown_at IS NOT NULL
                  AND (id = ANY ($3::bigint[])
                    OR (available_at < now() + make_interval(secs => $4) AND (lease_until IS NULL OR lease_until <= now())))
                """,
                [
                    .uuid(tenant), .uuid(integration), .ints(claimed.map(\.id)), .double(pause.inSeconds),
                    .text(StorableText.plain(message)),
                ]
            ).affectedRows
        }
    }
}
