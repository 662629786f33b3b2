import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Vectors that were paid for and not written", .enabled(if: TestDatabase.isAvailable))
// Needs PULSE_TEST_DATABASE_URL.
struct UnwrittenVectorsTests {
    private let a = ContentHash(of: "a")
    private let b = ContentHash(of: "b")

    @Test("They come back bit for bit, to their tenant and space only, until they are written")
    func kept() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let other = try await world.database.tenant("other")
            let vectors: [ContentHash: [Float]] = [
                self.a: [0.1, -2.5e-30, .greatestFiniteMagnitude, -0.0], self.b: [1, 2, 3, 4],
            ]
            try await world.store.keep(vectors, tenant: tenant, space: "minilm")
            // Kept by two passes at once: no fault.
            try await world.store.keep([self.b: [1, 2, 3, 4]], tenant: tenant, space: "minilm")
            func kept(_ tenant: UUID, _ space: String) async throws -> [ContentHash: [Float]] {
                try await world.store.knownVectors(tenant: tenant, space: space, hashes: [self.a, self.b]).kept
            }
            #expect(
                try await kept(tenant, "minilm").mapValues { $0.map(\.bitPattern) } == vectors.mapValues { $0.map(\.bitPattern) }
            )
            #expect(try await kept(tenant, "other").isEmpty)
            #expect(try await kept(other.id, "minilm").isEmpty)
            try await world.store.discardKept([self.a], tenant: other.id, space: "minilm")
            try await world.store.discardKept([self.a], tenant: tenant, space: "minilm")
            #expect(try await kept(tenant, "minilm").keys.map(\.self) == [self.b])
        }
    }

    @Test("What nothing has needed for a day goes with the upkeep")
    func upkeep() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await world.store.keep([self.a: [1], self.b: [2]], tenant: tenant, space: "minilm")
            try await world.database.query(
                "UPDATE unwritten_vectors SET kept_at = now() - interval '25 h' WHERE content_hash = $1",
                [.bytes(self.a.bytes)]
            )
            _ = try await world.store.clear(tenant: tenant, retention: Retention())
            let known = try await world.store.knownVectors(tenant: tenant, space: "minilm", hashes: [self.a, self.b])
            #expect(known.kept == [self.b: [2]])
        }
    }
}
