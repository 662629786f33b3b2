import Foundation
import Testing

@Suite("Providers come and go while the service runs", .inSurroundings)
struct ProviderReloadTests {
    @Test("The command lists the providers with what they lack, and tries one")
    func command() async throws {
        try await World.with { world in
            var lacking = world.provider(id: "lacking", base: world.sandbox.url + "/embeddings").members
            lacking["authorization"] = ["kind": "bearer", "secret": "env:E2E_NO_SUCH_KEY"]
            try world.write(.object(lacking), to: "providers/lacking.json")
            let list = try await world.pulse("provider", "list", "--json").json()
            #expect(list["rejected"] == [])
            let providers = list["providers"].list
            #expect(providers.map(\.["id"]) == ["lacking", "played"])
            #expect(providers.map(\.["missing"]) == [["env:E2E_NO_SUCH_KEY"], []])
            #expect(providers.allSatisfy { $0["space"].text == world.space && $0["dimensions"] == 64 })
            let trial = try await world.pulse("provider", "test", "played", "--json").json()
            #expect(trial["id"] == "played" && trial["space"].text == world.space && trial["dimensions"] == 64, "\(trial)")
            #expect((trial["tokens"].int ?? 0) > 0 && abs(trial["cosine"].number ?? 2) <= 1.001, "\(trial)")
            let table = try await world.pulse("provider", "list").output
            #expect(table.contains("played") && table.contains("env:E2E_NO_SUCH_KEY"), "\(table)")
        }
    }

    @Test(
        "A dropped file serves at once; a bad edit keeps the last good one and is told once; a removed one is missed by its name"
    )
    func reload() async throws {
        try await World.with { world in
            let environment = ["PULSE_PROVIDER": "dropped", "PULSE_LOG_LEVEL": "warning"]
            let program = try world.start(["serve", "--roles", "vectorization"], environment: environment)
            defer { program.send(SIGTERM) }
            func indexes(_ name: String) async throws -> World.Tenant {
                let tenant = try await world.tenant(name, kinds: ["jira"])
                try await world.sync("jira", tenant)
                return tenant
            }
            // It runs, and knows of no such provider.
            let waiting = try await indexes("waiting")
            try await until("it says what is missing") {
                try #require(program.isRunning, "\(program.errors)")
                return try await world.queued(
                    waiting,
                    where: "failure_kind = 'configuration' AND error_message LIKE 'dropped: %'"
                ) > 0
            }

            let good = world.provider(id: "dropped", base: world.sandbox.url + "/embeddings")
            try world.write(good, to: "providers/dropped.json")
            let first = try await indexes("first")
            try await until("a running service uses the file") { try await world.queued(first) == 0 }
            #expect(try await !world.points(of: first).isEmpty)
            // What missed the provider rests for minutes, but not once its file is there.
            try await until("rows that waited for the file are tried at once", within: .seconds(20)) {
                try await world.queued(waiting) == 0
            }

            try world.write("{ \"id\": \"dropped\", ", to: "providers/dropped.json")
            try await Task.sleep(for: .seconds(3))
            for name in ["second", "third"] {
                let tenant = try await indexes(name)
                try await until("the last good file serves on") { try await world.queued(tenant) == 0 }
            }
            let told = program.errors.split(separator: "\n").filter { $0.contains("a provider file cannot be used") }
            #expect(told.count == 1, "\(told)")
            #expect(told.first?.contains("dropped.json:1:") == true && told.first?.contains("keeps=dropped") == true, "\(told)")

            // Other dimensions under the same space: no row is given up for it.
            let text = try good.serialized
            let wrong = text.replacing("\"dimensions\":64", with: "\"dimensions\":32")
            try #require(wrong != text)
            try world.write(wrong, to: "providers/dropped.json")
            try await Task.sleep(for: .seconds(3))
            let other = try await indexes("other")
            try await until("the dimensions are told") {
                try await world.queued(other, where: "failure_kind = 'configuration'") > 0
            }
            #expect(try await world.queued(other, where: "status = 'failed'") == 0)

            try FileManager.default.removeItem(atPath: world.folder + "/providers/dropped.json")
            try await Task.sleep(for: .seconds(3))
            let last = try await indexes("last")
            try await until("the removed provider is missed") {
                try await world.queued(last, where: "failure_kind = 'configuration' AND error_message LIKE '%no such provider%'")
                    > 0
            }
            #expect(try await world.queued(last, where: "status = 'failed' OR attempts > 1") == 0)
        }
    }
}
