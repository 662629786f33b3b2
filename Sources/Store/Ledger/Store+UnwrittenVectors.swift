public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Keeps vectors that were paid for and could not be written, for whichever pass needs one next, in whichever process.
    public func keep(_ vectors: [ContentHash: [Float]], tenant: UUID, space: String) async throws {
        guard !vectors.isEmpty else { return }
        let sorted = vectors.map { (hash: $0.description, vector: Self.text(of: $1)) }.sorted { $0.hash < $1.hash }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO unwritten_vectors (tenant_id, space, content_hash, vector)
                SELECT $1::uuid, $2::text, decode(k.hash, 'hex'), decode(k.vector, 'base64')
                FROM unnest($3::text[], $4::text[]) AS k (hash, vector)
                ON CONFLICT (tenant_id, space, content_hash) DO UPDATE SET kept_at = now()
                """,
                [.uuid(tenant), .text(space), .texts(sorted.map(\.hash)), .texts(sorted.map(\.vector))]
            )
            return ()
        }
    }

    /// Kept vectors whose texts stand in the index by now.
    public func discardKept(_ hashes: [ContentHash], tenant: UUID, space: String) async throws {
        guard !hashes.isEmpty else { return }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                DELETE FROM unwritten_vectors
                WHERE tenant_id = $1 AND space = $2::text
                  AND content_hash IN (SELECT decode(h, 'hex') FROM unnest($3::text[]) AS h)
                """,
                [.uuid(tenant), .text(space), .texts(hashes.map(\.description).sorted())]
            )
            return ()
        }
    }

    static func keptVectors(
        _ hashes: [ContentHash],
        tenant: UUID,
        space: String,
        connection: PostgresConnection
    ) async throws -> [ContentHash: [Float]] {
        guard !hashes.isEmpty else { return [:] }
        let rows = try await connection.query(
            """
            SELECT content_hash, vector FROM unwritten_vectors
            WHERE tenant_id = $1 AND space = $2::text
              AND content_hash = ANY (ARRAY(SELECT decode(h, 'hex') FROM unnest($3::text[]) AS h))
            """,
            [.uuid(tenant), .text(space), .texts(hashes.map(\.description))]
        )
        var kept: [ContentHash: [Float]] = [:]
        for row in rows {
            kept[ContentHash(bytes: try row.decode("content_hash"))] = Self.vector(of: try row.decode("vector"))
        }
        return kept
    }

    private static func text(of vector: [Float]) -> String {
        vector.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }.base64EncodedString()
    }

    private static func vector(of bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
        }
    }
}
