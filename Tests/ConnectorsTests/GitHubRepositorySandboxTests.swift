import Foundation
import Postgres
import PulseModel
import Sandbox
import Store
import TestSupport
import Testing

@testable import Connectors

@Suite(
    "Repositories that are renamed or fail, and tokens, in the sandbox",
    .enabled(if: TestDatabase.isAvailable),
    .timeLimit(.minutes(10))
)
struct GitHubRepositorySandboxTests {
    @Test("A renamed repository is read on from where it stood, not anew")
    func renamedGoesOn() async throws {
        try await SandboxWorld.with { world in
            _ = try await world.sync()
            func units() async throws -> [String] {
                try await world.database.query("SELECT unit FROM job_checkpoints WHERE unit LIKE 'pulls:%' ORDER BY 1").map {
                    try $0.decode("unit", as: String.self)
                }
            }
            let before = try await units()
            try world.state.renameRepository("acme/web", to: "acme/shop")
            let asked = world.transport.recorder.all.count
            let report = try await world.sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await units() == before.map { $0.replacing("acme/web@", with: "acme/shop@") }.sorted())
            let pages = world.transport.recorder.all.dropFirst(asked).filter { $0.url.hasSuffix("/graphql") }
            #expect(pages.count <= 3, "\(pages.count) pages")
            let watermark = try await world.database.count(
                "SELECT count(*) FROM job_checkpoints WHERE unit LIKE 'pulls:acme/shop@%' AND watermark IS NOT NULL"
            )
            #expect(watermark == 1)
        }
    }

    @Test("A renamed repository keeps its rows under its new name, whether the integration names the old one or the organization")
    func renamed() async throws {
        for repositories in [[], ["acme/web"]] {
            try await SandboxWorld.with { world in
                let definition = world.definition(repositories: repositories)
                _ = try await world.sync(definition)
                let before = try await world.count("prs", where: "repository = 'acme/web'")
                try world.state.renameRepository("acme/web", to: "acme/shop")
                let report = try await world.sync(definition)
                #expect(report.isSuccess, "\(report.failures)")
                #expect(before > 0)
                #expect(try await world.count("prs", where: "repository = 'acme/shop'") == before)
                #expect(try await world.count("prs", where: "repository = 'acme/web'") == 0)
                #expect(try await world.count("repositories", where: "full_name = 'acme/shop' AND deleted_at IS NULL") == 1)
            }
        }
    }

    @Test("A user's private repositories are read with the user's own token, and with nobody else's")
    func ownRepositories() async throws {
        for (viewer, tokens, repositories) in [("Acme", ["t"], 3), ("somebody", ["t"], 1), ("acme", ["t", "u"], 1)] {
            try await SandboxWorld.with { world in
                world.state.makePerson("acme", viewer: viewer)
                world.state.publishRepository("acme/web")
                let report = try await world.connector(tokens: tokens).sync(isSweeping: true)
                #expect(report.isSuccess, "\(report.failures)")
                #expect(try await world.count("repositories") == repositories, "\(viewer)")
                let again = try await world.connector(tokens: tokens).sync(isSweeping: true)
                #expect(again.isSuccess, "the sweep lists what the sync lists: \(again.failures)")
                #expect(again.result.written == 0)
                // Whose token it is, is asked conditionally too.
                let unchanged = world.state.unchangedAnswers
                let third = try await world.connector(tokens: tokens).sync()
                #expect(third.requests > 0 && world.state.unchangedAnswers - unchanged == third.requests)
                // What was public once is listed whole after the token has become the user's own.
                world.state.makePerson("acme")
                _ = try await world.connector().sync()
                #expect(try await world.count("repositories") == 3)
            }
        }
    }

    @Test(
        "An organization that is written otherwise, or is another one, is asked as an organization: its private repositories come",
        arguments: [true, false]
    )
    func otherOrganization(remembersOwner: Bool) async throws {
        try await SandboxWorld.with { world in
            try world.state.renameRepository("acme/web", to: "other/web")
            world.state.makeOrganization("other")
            for (organization, repositories) in [("acme", 2), ("Acme", 2), ("other", 1), ("acme", 2)] {
                var definition = world.definition()
                definition.organization = organization
                let report = try await world.sync(definition)
                #expect(report.isSuccess, "\(report.failures)")
                let read = report.units.filter { $0.name.hasPrefix("releases:") }
                #expect(read.count == repositories, "\(organization)")
                guard !remembersOwner else { continue }
                // As an older version has left it.
                try await world.database.query("UPDATE job_checkpoints SET validators = validators - 'owner'")
            }
            #expect(!world.transport.recorder.urls.contains { $0.contains("/users/") })
        }
    }

    @Test("Of 250 repositories a sync with nothing new is told that all pages are unchanged, whichever of them was new before")
    func manyRepositories() async throws {
        try await SandboxWorld.with { world in
            world.state.addRepositories(247)
            // Nothing but the list.
            func list() async throws -> SyncReport { try await world.connector().sync(only: []) }
            let first = try await list()
            #expect(first.isSuccess && first.requests == 3, "\(first.failures)")
            #expect(try await world.count("repositories") == 250)
            world.state.publishRepository("acme/web")
            let second = try await list()
            #expect(second.result.written == 1)
            let unchanged = world.state.unchangedAnswers
            let third = try await list()
            #expect(third.isSuccess && third.requests == 3 && third.result.written == 0)
            #expect(world.state.unchangedAnswers - unchanged == 3)
        }
    }

    @Test("A transferred repository that a sweep finds elsewhere gets its new name, and that it is read no more is said")
    func transferred() async throws {
        try await SandboxWorld.with { world in
            _ = try await world.sync()
            let pulls = try await world.count("prs", where: "repository = 'acme/web'")
            #expect(pulls > 0)
            try world.state.renameRepository("acme/web", to: "other/shop")
            // One of three is more than a twentieth: a person has to look.
            _ = try await world.sync(isSweeping: true)
            _ = try await world.store.acceptSweeps(tenant: world.tenant.id, integration: world.tenant.github, by: "ann")
            let report = try await world.sync(isSweeping: true)
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.units.flatMap(\.notes).contains { $0.contains("other/shop") && $0.contains("does not read") })
            #expect(try await world.count("repositories", where: "full_name = 'other/shop' AND deleted_at IS NULL") == 1)
            #expect(try await world.count("prs", where: "repository = 'other/shop' AND deleted_at IS NULL") == pulls)
            #expect(try await world.count("prs", where: "repository = 'acme/web'") == 0)
            // What another owner has is missing in no list of this one's.
            for _ in 0..<3 {
                let later = try await world.sync(isSweeping: true)
                #expect(later.isSuccess, "\(later.failures)")
            }
            #expect(try await world.count("prs", where: "repository = 'other/shop' AND deleted_at IS NULL") == pulls)
        }
    }

    @Test("A failed repository's unit is tried alone, and its failure is then forgotten")
    func retryAlone() async throws {
        try await SandboxWorld.with { world in
            world.state.inject(Fault(.status(404, retryAfter: nil), pathPrefix: "/github/repos/acme/web/releases", count: nil))
            let first = try await world.sync()
            #expect(first.failures.count == 1)
            let failed = try await world.store.failedUnits(tenant: world.tenant.id)
            let unit = try #require(failed.first?.identity)
            #expect(failed.count == 1 && unit.hasPrefix("releases:acme/web@") && failed[0].kind == "not_found")
            world.state.clearFaults()
            let asked = world.transport.recorder.all.count
            let report = try await world.connector().sync(only: [unit])
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.units.map(\.name) == ["repositories", unit])
            #expect(world.transport.recorder.all.count - asked <= 3)
            #expect(try await world.store.failedUnits(tenant: world.tenant.id).isEmpty)
        }
    }

    @Test("Two tokens are used up side by side, and a third that is refused costs nothing but a note")
    func tokens() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7), requiredToken: "one,two", gitHubRateLimit: 20)
        try await SandboxWorld.with(configuration) { world in
            let connector = try world.connector(tokens: ["bad", "one", "two"])
            let report = await connector.sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.waits.isEmpty, "\(report.waits)")
            #expect(report.units.flatMap(\.notes).contains { $0.contains("token 1 of 3 is refused") })
            let used = world.transport.recorder.all.reduce(into: [String: Int]()) {
                $0[$1.headers["authorization"] ?? "", default: 0] += 1
            }
            #expect((used["Bearer one"] ?? 0) > 5 && (used["Bearer two"] ?? 0) > 5, "\(used)")
        }
    }
}
