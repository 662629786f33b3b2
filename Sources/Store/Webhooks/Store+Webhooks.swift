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

    /// Takes deliveries that wait, of any tenant, oldest first. One that is not finished within `lease` is taken again.
    public func claimWebhooks(limit: Int, lease: Duration) async throws -> [ClaimedWebhook] {
        let rows = try await self.pool.query(
            "SELECT * FROM claim_webhooks($1::integer, make_interval(secs => $2))",
            [.int(limit), .double(lease.inSeconds)]
        )
        return try rows.map { row in
            try ClaimedWebhook(
                tenant: row.decode("tenant_id"),
                integration: row.decode("integration_id"),
                id: row.decode("id"),
                attempts: row.decode("attempts")
            )
        }.sorted { $0.id < $1.id }
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
                SET status = $3::text, message = $4::text, finished_at = now(), body = CASE $3 WHEN 'failed' THEN body END
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

    /// Lets the delivery wait and be taken again.
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
                SET available_at = now() + make_interval(secs => $3), message = $4::text,
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
}
