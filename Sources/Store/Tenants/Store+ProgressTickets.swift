import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Keeps a ticket, as a digest, until it is used or expires.
    ///
    /// - Parameters:
    ///   - channel: the only one that it opens; nil for any.
    ///   - ofTenant: how many the tenant may have unused.
    ///   - ofAll: how many all tenants together may have.
    /// - Returns: false where there are as many already.
    public func keepTicket(
        _ ticket: String,
        for principal: Principal,
        channel: ProgressChannel?,
        lifetime: Duration,
        most: (ofTenant: Int, ofAll: Int)
    ) async throws -> Bool {
        try await self.inTenant(principal.tenant) { connection in
            try await connection.query(
                """
                INSERT INTO progress_tickets (digest, tenant_id, caller, role, actor, by_token, good_until, channel, expires_at)
                SELECT $1, $2, $3, $4::text, $5::text, $6, $7, $8::text, now() + make_interval(secs => $9)
                WHERE (SELECT count(*) FROM progress_tickets WHERE tenant_id = $2 AND expires_at > now()) < $10
                  AND waiting_progress_tickets() < $11
                """,
                [
                    .bytes(APIKeyDigest.of(ticket)), .uuid(principal.tenant), .uuid(principal.key),
                    .text(principal.role.rawValue), .text(principal.actor), .bool(principal.credential == .token),
                    .optional(principal.until), .optional(channel?.rawValue), .double(lifetime.inSeconds),
                    .int(most.ofTenant), .int(most.ofAll),
                ]
            ).affectedRows == 1
        }
    }

    /// Who the ticket was given to; nil where it is unknown, used, expired, or for another channel. It is used up in any case.
    public func redeemTicket(_ ticket: String, channel: ProgressChannel) async throws -> Principal? {
        let rows = try await self.pool.query(
            "SELECT * FROM redeem_progress_ticket($1, $2::text)",
            [.bytes(APIKeyDigest.of(ticket)), .text(channel.rawValue)]
        )
        return try rows.first.map { row in
            try Principal(
                tenant: row.decode("tenant_id"),
                tenantName: row.decode("tenant_name"),
                key: row.decode("caller"),
                role: Principal.Role(rawValue: row.decode("role")) ?? .viewer,
                actor: row.decode("actor"),
                credential: row.decode("by_token") ? .token : .key,
                until: row.decode("good_until")
            )
        }
    }
}
