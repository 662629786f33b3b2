import Foundation
import Sandbox
import Testing

@Suite struct WorldTests {
    /// Everything that a full read of the generated company gives, as text.
    static func dump(seed: UInt64) async throws -> String {
        let sandbox = try SandboxApplication(configuration: SandboxConfiguration(world: .generated(seed: seed)))
        return try await sandbox.build().test(.router) { base in
            let client = Client(base: base)
            var objects = try await client.search("project in (PAY,WEB,MOB,OPS,DATA) ORDER BY id", fields: ["*all"])
            for name in ["acme/api", "acme/web", "acme/mobile"] {
                objects += try await client.pages("/github/repos/\(name)/pulls?state=all&per_page=100")
                objects += try await client.pages("/github/repos/\(name)/pulls/comments?per_page=100")
            }
            return String(decoding: try JSONSerialization.data(withJSONObject: objects, options: .sortedKeys), as: UTF8.self)
        }
    }

    @Test("The same seed gives the same company, another seed another")
    func determinism() async throws {
        let first = try await Self.dump(seed: 11)
        #expect(try await Self.dump(seed: 11) == first)
        #expect(try await Self.dump(seed: 12) != first)
    }

    @Test("Every object that is counted can be read")
    func counts() async throws {
        try await withSandbox { client, state async throws in
            var commits = 0
            var reviews = 0
            var states: Set<String> = []
            for (name, number) in state.pullNumbers {
                commits += try await client.pages("/github/repos/\(name)/pulls/\(number)/commits?per_page=100").count
                let list = try await client.pages("/github/repos/\(name)/pulls/\(number)/reviews")
                reviews += list.count
                states.formUnion(list.map { $0.text("state") })
            }
            #expect(commits == state.counts.commits)
            #expect(reviews == state.counts.reviews)
            #expect(states.isSuperset(of: ["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]))
        }
    }

    @Test("The company has the texts that break careless readers, and times that run forward")
    func oddTexts() async throws {
        try await withSandbox { client, _ async throws in
            var pulls: [[String: Any]] = []
            for name in ["acme/api", "acme/web", "acme/mobile"] {
                pulls += try await client.pages("/github/repos/\(name)/pulls?state=all&per_page=100")
            }
            let bodies = pulls.map { $0["body"] as? String }
            #expect(bodies.contains(nil))
            #expect(bodies.contains(""))
            #expect(bodies.contains { ($0?.utf8.count ?? 0) >= 200_000 })
            #expect(bodies.contains { $0?.contains("\u{0}") == true })
            #expect(bodies.contains { $0?.contains("日本語") == true })
            #expect(pulls.contains { $0["user"] is NSNull })
            for pull in pulls { #expect(pull.text("created_at") <= pull.text("updated_at")) }
            let keys = pulls.filter { $0.text("title").firstMatch(of: /(PAY|WEB|MOB|OPS|DATA)-\d+/) != nil }
            #expect(keys.count > 10 && keys.count < pulls.count)
        }
    }

    @Test("Scale multiplies, and texts of another block name another occasion")
    func scale() async throws {
        try await withSandbox(SandboxConfiguration(world: .generated(seed: 1, scale: 3))) { client, state async throws in
            #expect(state.counts.issues == 360)
            #expect(state.counts.pulls == 180)
            let issues = try await client.search("project in (PAY,WEB,MOB,OPS,DATA)", fields: ["summary"])
            let summaries = issues.map { $0.object("fields").text("summary") }
            #expect(summaries.count == 360)
            #expect(Set(summaries).count == summaries.count)
        }
    }

    @Test("Invalid records come only when asked for")
    func invalidRecords() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7), includesInvalidRecords: true)
        try await withSandbox(configuration) { client, state async throws in
            #expect(state.counts.issues == 123)
            #expect(state.counts.pulls == 63)
            let issues = try await client.search("project in (PAY,WEB,MOB,OPS,DATA)", fields: ["status", "summary", "created"])
            #expect(issues.filter { $0.object("fields")["status"] == nil }.count == 1)
            #expect(issues.filter { $0.object("fields")["summary"] == nil }.count == 1)
            let pulls = try await client.pages("/github/repos/acme/api/pulls?state=all&per_page=100")
            #expect(pulls.filter { $0["title"] == nil }.count == 1)
        }
    }

    @Test("The port that was bound is told")
    func port() async throws {
        let sandbox = try SandboxApplication(configuration: SandboxConfiguration())
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = sandbox.build { port in continuation.yield(port) }
        try await application.test(.live) { base in
            var iterator = ports.makeAsyncIterator()
            #expect(await iterator.next() == base.port)
        }
    }

    @Test("A scale out of range and a directory without recordings are errors that say so")
    func refusals() {
        #expect(throws: SandboxError.self) {
            try SandboxApplication(configuration: SandboxConfiguration(world: .generated(seed: 1, scale: 0)))
        }
        let error = #expect(throws: SandboxError.self) {
            try SandboxApplication(configuration: SandboxConfiguration(world: .recorded(directory: "/nowhere")))
        }
        #expect(error?.description.contains("/nowhere/github/devlake_json") == true)
    }
}
