import Foundation
import Postgres

extension Store: RepeatedRequestStore {
    /// Claims a key, or says what became of it. A claim that was not renewed for two minutes, as its process died, is free
    /// again.
    public func beginRequest(caller: Caller, key: String, digest: [UInt8]) async throws -> RepeatedRequest {
        try await self.asCaller(caller) { connection in
            let claimed = try await connection.query(
                """
                INSERT INTO idempotency_keys AS k (caller, key, tenant_id, digest) VALUES ($1, $2::text, $3, $4)
                ON CONFLICT (caller, key) DO UPDATE SET digest = excluded.digest, created_at = now(), status = NULL, body = NULL
                WHERE k.created_at < now() - interval '1 day'
                   OR (k.status IS NULL AND k.created_at < now() - interval '2 minutes' AND k.digest = excluded.digest)
                RETURNING caller
                """,
                [.uuid(caller.identity), .text(key), .optional(caller.tenant), .bytes(digest)]
            )
            if !claimed.isEmpty { return .first }
            let rows = try await connection.query(
                "SELECT digest, status, content_type, form, body FROM idempotency_keys WHERE caller = $1 AND key = $2::text",
                [.uuid(caller.identity), .text(key)]
            )
            guard let row = rows.first else { return .running }
            guard try row.decode("digest", as: [UInt8].self) == digest else { return .other }
            guard let status = try row.decode("status", as: Int?.self) else { return .running }
            return .answered(
                KeptAnswer(
                    status: status,
                    contentType: try row.decode("content_type"),
                    form: KeptAnswer.Form(rawValue: try row.decode("form")) ?? .notKept,
                    body: try row.decode("body", as: [UInt8]?.self) ?? []
                )
            )
        }
    }

    public func renewRequest(caller: Caller, key: String) async throws {
        try await self.asCaller(caller) { connection in
            try await connection.query(
                "UPDATE idempotency_keys SET created_at = now() WHERE caller = $1 AND key = $2::text AND status IS NULL",
                [.uuid(caller.identity), .text(key)]
            )
            return ()
        }
    }

    public func finishRequest(caller: Caller, key: String, answer: KeptAnswer) async throws {
        try await self.asCaller(caller) { connection in
            try await connection.query(
                """
                UPDATE idempotency_keys SET status = $3, content_type = $4::text, form = $5::text, body = $6
                WHERE caller = $1 AND key = $2::text
                """,
                [
                    .uuid(caller.identity), .text(key), .int(answer.status), .optional(answer.contentType),
                    .text(answer.form.rawValue), .bytes(answer.body),
                ]
            )
            return ()
        }
    }

    public func forgetRequest(caller: Caller, key: String) async throws {
        try await self.asCaller(caller) { connection in
            try await connection.query(
                "DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2::text AND status IS NULL",
                [.uuid(caller.identity), .text(key)]
            )
            return ()
        }
    }

    /// Within the caller's tenant; administrators of the installation have none, and see only what belongs to none.
    private func asCaller<R: Sendable>(_ caller: Caller, _ body: @Sendable (PostgresConnection) async throws -> R) async throws
        -> R
    {
        guard let tenant = caller.tenant else { return try await self.pool.withTransaction(settings: [:], body) }
        return try await self.inTenant(tenant, body)
    }
}
