import Foundation
import Store
import TestSupport
import Testing

@Suite("How a space's texts are cut", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct CuttingTests {
    private let lease = Duration.seconds(60)
    private let space = TenantSpace(space: "one", provider: "first", collection: "pulse_one")

    private func begin(_ world: World, _ cutting: String, _ recutter: UUID = UUID()) async throws -> Bool {
        try await world.store.beginRecutting(
            tenant: world.tenant.id,
            space: self.space.space,
            cutting: cutting,
            recutter: recutter,
            lease: self.lease
        )
    }

    private func end(_ world: World, _ recutter: UUID, _ cutting: String?) async throws {
        try await world.store.endRecutting(
            tenant: world.tenant.id,
            space: self.space.space,
            recutter: recutter,
            cutting: cutting
        )
    }

    @Test("The first cutting is noted, another is compared once, by one at a time")
    func once() async throws {
        try await World.with { world in
            _ = try await world.store.ensureLiveSpace(tenant: world.tenant.id, proposed: self.space)
            let first = try await self.begin(world, "wide")
            #expect(!first, "nothing has been cut otherwise")
            let (one, other) = (UUID(), UUID())
            #expect(try await self.begin(world, "narrow", one))
            #expect(try await !self.begin(world, "narrow", other), "one is at it")
            try await self.end(world, other, "narrow")
            try await self.end(world, one, "narrow")
            #expect(try await !self.begin(world, "narrow"), "it has been followed")
            #expect(try await self.begin(world, "wide"), "and back")
        }
    }

    @Test("Tenants whose live space is of a provider of their own are known")
    func ownProviders() async throws {
        try await World.with { world in
            _ = try await world.store.ensureLiveSpace(tenant: world.tenant.id, proposed: self.space)
            let none = try await world.store.tenantsWithOwnProvider()
            #expect(none.isEmpty)
            try await world.database.query("UPDATE tenant_spaces SET provider = tenant_id::text || '/mine'")
            let one = try await world.store.tenantsWithOwnProvider()
            #expect(one == [world.tenant.id])
            try await world.database.query("UPDATE tenant_spaces SET state = 'retired'")
            let retired = try await world.store.tenantsWithOwnProvider()
            #expect(retired.isEmpty)
        }
    }

    @Test("In a space whose cutting is known from its beginning the first change is one")
    func known() async throws {
        try await World.with { world in
            _ = try await world.store.ensureLiveSpace(tenant: world.tenant.id, proposed: self.space, cutting: "wide")
            #expect(try await self.begin(world, "narrow"))
        }
    }

    @Test("A comparison that was given up, or whose process was killed, is taken up by another, and the first is told")
    func takenUp() async throws {
        try await World.with { world in
            _ = try await world.store.ensureLiveSpace(tenant: world.tenant.id, proposed: self.space)
            _ = try await self.begin(world, "wide")
            let (killed, next) = (UUID(), UUID())
            #expect(try await self.begin(world, "narrow", killed))
            try await world.database.query("UPDATE tenant_spaces SET recut_until = now() - interval '1 second'")
            #expect(try await self.begin(world, "narrow", next))
            let isHeld = try await world.store.renewRecutting(
                tenant: world.tenant.id,
                space: self.space.space,
                recutter: killed,
                lease: self.lease
            )
            #expect(!isHeld)
            try await self.end(world, next, nil)
            #expect(try await self.begin(world, "narrow"), "given up at once")
        }
    }

    @Test("After a change of provider the tenant is due until its chunks have been compared, also where it cuts alike")
    func due() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            _ = try await world.store.ensureLiveSpace(tenant: tenant, proposed: self.space)
            _ = try await self.begin(world, "wide")
            #expect(try await world.store.tenantsToRecut().isEmpty)
            try await world.store.changeProvider(tenant: tenant, space: self.space.space, to: "second")
            #expect(try await world.store.tenantsToRecut() == [tenant])
            let owner = UUID()
            #expect(try await self.begin(world, "narrow", owner))
            #expect(try await world.store.tenantsToRecut().isEmpty, "somebody is at it")
            try await self.end(world, owner, nil)
            #expect(try await world.store.tenantsToRecut() == [tenant])
            let again = UUID()
            #expect(try await self.begin(world, "narrow", again))
            try await self.end(world, again, "narrow")
            #expect(try await world.store.tenantsToRecut().isEmpty)

            try await world.store.changeProvider(tenant: tenant, space: self.space.space, to: "third")
            #expect(try await !self.begin(world, "narrow"), "it cuts alike")
            #expect(try await world.store.tenantsToRecut().isEmpty)
        }
    }

    @Test("After a tenant has edited its own provider it is due once every process knows of that, whoever compares just then")
    func editedOwn() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            _ = try await world.store.ensureLiveSpace(tenant: tenant, proposed: self.space, cutting: "wide")
            func edit(_ name: String) async throws {
                _ = try await world.store.keepOwnProvider(
                    "{}",
                    id: "mine",
                    named: name,
                    tenant: tenant,
                    by: "a person",
                    knownAfter: .seconds(3)
                )
            }
            func passThree() async throws {
                try await world.database.query("UPDATE tenant_spaces SET recut_until = recut_until - interval '3 seconds'")
            }
            try await edit("another")
            try await passThree()
            #expect(try await world.store.tenantsToRecut().isEmpty, "its vectors are not of that one")

            try await edit("first")
            #expect(try await world.store.tenantsToRecut().isEmpty)
            #expect(try await !self.begin(world, "wide"), "a process that does not know of it yet")
            try await passThree()
            #expect(try await world.store.tenantsToRecut() == [tenant])
            let former = UUID()
            #expect(try await self.begin(world, "narrow", former))

            // Once more, while the first edit is followed.
            try await edit("first")
            try await self.end(world, former, "narrow")
            try await passThree()
            #expect(try await world.store.tenantsToRecut() == [tenant], "the last edit is not followed yet")
            let latter = UUID()
            #expect(try await self.begin(world, "narrower", latter))
            try await self.end(world, latter, "narrower")
            #expect(try await world.store.tenantsToRecut().isEmpty)
        }
    }

    @Test("The tenants of a provider are told with whether rows of theirs wait for a person")
    func tenantsOfProviders() async throws {
        try await World.with { world in
            _ = try await world.store.ensureLiveSpace(tenant: world.tenant.id, proposed: self.space)
            let other = try await world.database.tenant("other")
            func told(_ providers: Set<String>) async throws -> [UUID: Bool] {
                let all = try await world.store.tenants(ofProviders: providers, defaultProvider: "usual")
                return Dictionary(uniqueKeysWithValues: all.map { ($0.tenant, $0.waits) })
            }
            #expect(try await told(["first"]) == [world.tenant.id: false])
            #expect(try await told(["usual"]) == [other.id: false], "a tenant without vectors will write with the usual one")
            #expect(try await told(["none"]).isEmpty)
            try await world.jira(at: 0) { $0.workItems = [World.issue("1", "PAY-1")] }
            try await world.database.query("UPDATE vectorization_queue SET failure_kind = 'configuration'")
            #expect(try await told(["first", "usual"]) == [world.tenant.id: true, other.id: false])
        }
    }
}
