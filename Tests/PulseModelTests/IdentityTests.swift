import Foundation
import Testing

@testable import PulseModel

@Suite("Identity: the same entity has the same points, whatever is done again, and no two share one")
struct IdentityTests {
    private let tenant = UUID(
        uuid: (0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55)
    )
    private let integration = UUID(
        uuid: (0xaa, 0xaa, 0xaa, 0xaa, 0xbb, 0xbb, 0xcc, 0xcc, 0xdd, 0xdd, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee)
    )

    /// Computed by another implementation of RFC 9562 §5.5; points in production carry these ids.
    @Test(
        "Ids are what they were in every earlier version",
        arguments: [
            (
                EntityTable.workItems, "10001", "cccd015a-53f5-5bdb-a6bb-70edf9022239", "9a5b0b64-c845-58c5-bcf9-b58d27275e6c",
                "6f9547fc-cdc1-52e5-800c-1c6cc39958d1"
            ),
            (
                .pullRequests, "987654", "254817b1-81f7-5be1-8700-d0393b308638", "8e37eaed-0e74-50dc-aa73-494b030e8336",
                "0d094be5-49d3-5ecc-bcca-24196250782d"
            ),
            (
                .commits, "42#7@0123abc", "fabf254e-e5a0-5e4f-a71e-7d43f3b22536", "39faf757-65ff-5940-bf9f-a873f80dd034",
                "e564e405-694c-528d-a0d7-b4ce451d86bd"
            ),
            (
                .statusesMappings, "*/In Prüfung 🚦", "1a3c5c2e-0ef0-5685-b352-d9494f24a8d6",
                "571de7f4-581b-5019-8bc5-835ec2fec0bb", "2cd0123a-4dab-5eb6-9540-a008517c14bd"
            ),
        ]
    )
    func goldenIDs(table: EntityTable, stableID: String, entity: String, first: String, thirteenth: String) {
        let key = EntityKey(tenant: self.tenant, integration: self.integration, table: table, stableID: stableID)
        #expect(key.entity.uuidString.lowercased() == entity)
        #expect(key.pointID(chunk: 0).uuidString.lowercased() == first)
        #expect(key.pointID(chunk: 12).uuidString.lowercased() == thirteenth)
        #expect(EntityKey.pointID(entity: key.entity, chunk: 12) == key.pointID(chunk: 12))
    }

    @Test("Every field counts, and where one field ends and the next begins counts too")
    func noCollisions() {
        var ids: Set<UUID> = []
        var keys = 0
        for tenant in [self.tenant, self.integration] {
            for integration in [self.tenant, self.integration] {
                for table in EntityTable.allCases {
                    // Names of tables that begin alike (`prs`, `prs_commits`) with ids that go on as the table's name might.
                    for stableID in [
                        "", "1", "11", "_commits", "_commits1", "commits", "\0", "\u{0}\u{1}", "_reviews", "s", "é", "e\u{301}",
                    ] {
                        let key = EntityKey(tenant: tenant, integration: integration, table: table, stableID: stableID)
                        keys += 1
                        ids.insert(key.entity)
                        for chunk in [0, 1, 10, 11] {
                            keys += 1
                            ids.insert(key.pointID(chunk: chunk))
                        }
                    }
                }
            }
        }
        #expect(ids.count == keys)
    }

    @Test("Ids are version 5 and of the RFC's variant")
    func versionAndVariant() {
        for index in 0..<200 {
            let bytes = EntityKey(
                tenant: self.tenant,
                integration: self.integration,
                table: .prsOrWits(index),
                stableID: "\(index)"
            )
            .entity.bytes
            #expect(bytes[6] >> 4 == 5)
            #expect(bytes[8] >> 6 == 0b10)
        }
    }

    @Test("A content hash is SHA-256, in lower-case hexadecimal, and survives the ledger")
    func contentHash() {
        let hash = ContentHash(of: "Retry payments")
        #expect(hash.description == "167762fcd49a7c1101432cbcbb51e760eb68340599eb2257e454bdfdd3401383")
        #expect(ContentHash(bytes: hash.bytes) == hash)
        #expect(ContentHash(of: "Retry payments ") != hash)
    }
}

extension EntityTable {
    fileprivate static func prsOrWits(_ index: Int) -> EntityTable { index.isMultiple(of: 2) ? .pullRequests : .wits }
}
