import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Odd texts harm no page", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct OddTextTests {
    @Test("NUL is left out of every kind of text, wherever a source puts it")
    func nul() async throws {
        try await World.with { world in
            try await world.jira(at: 0) {
                $0.projects = [World.project(name: "Pay\0ments")]
                $0.workItemTypes = [World.type(name: "B\0ug")]
                $0.statuses = [World.status(name: "Op\0en")]
                $0.derivesConfiguration = true
                var issue = World.issue("1", "PAY-1", "Ret\0ry", details: "\0")
                issue.labels = ["a\0b", "\u{1f}c"]
                $0.workItems = [issue]
                var change = World.change("7", of: "1")
                change.items = [.init(field: "sum\0mary", from: nil, to: nil, fromText: "\0", toText: "x\0y")]
                $0.changelogs = [change]
                $0.sprints = [
                    Sprint(
                        id: "1",
                        name: "S\0",
                        state: nil,
                        goal: "\0",
                        boardID: nil,
                        startedAt: nil,
                        endsAt: nil,
                        completedAt: nil
                    )
                ]
                $0.users = [SourceUser(id: "u", name: "A\0nn", isActive: nil)]
                $0.rejected = [RejectedRecord(kind: "jira_issue", identity: "P\0", reason: "bad \0")]
                $0.raw = [
                    RawRecord(
                        kind: "issue",
                        stableID: "1",
                        body: #"{"text":"a\u0000b","low":"\udc00","high":"\ud83d!","fox":"\ud83e\udd8a"}"#
                    )
                ]
            }
            #expect(try await world.document(.workItems, "PAY-1")?.title == "PAY-1 Retry")
            #expect(try await world.document(.statuses, "5")?.title == "Status Open")
            let raw = try await world.database.query(
                "SELECT body->>'text' AS a, body->>'low' AS b, body->>'high' AS c, body->>'fox' AS d FROM raw_records"
            )[0]
            #expect(
                try ["a", "b", "c", "d"].map { try raw.decode($0, as: String.self) } == [
                    "a\u{fffd}b", "\u{fffd}", "\u{fffd}!", "🦊",
                ]
            )
        }
    }

    @Test("A changelog that quotes an escape keeps it as it was written")
    func quotedEscapes() async throws {
        try await World.with { world in
            let quoted = #"strip \u0000x and C:\users\new from "it""#
            try await world.jira(at: 0) {
                var change = World.change("7", of: "1")
                change.items = [.init(field: "summary", from: nil, to: nil, fromText: quoted, toText: #"\\u0000"#)]
                $0.changelogs = [change]
            }
            let document = try #require(try await world.document(.changelogs, "7"))
            #expect(document.parts.last?.text == "summary from \(quoted) to \\\\u0000")
        }
    }

    @Test("Emoji, quotes, other scripts and texts of 200 kB come back as they were")
    func exotic() async throws {
        try await World.with { world in
            let exotic = "👩‍👩‍👧 \"'`\\{NULL},\\N\u{10FFFF} 再試行 e\u{301} \u{202e}rtl ${x} $1 %s"
            let long = String(repeating: exotic + "\n", count: 3_000)
            #expect(long.utf8.count > 200_000)
            var issue = World.issue("1", "PAY-1", exotic, details: long)
            issue.labels = [exotic, "b"]
            let written = issue
            try await world.jira(at: 0) { $0.workItems = [written] }
            try await world.github(at: 0) {
                $0.pullRequests = [World.pull(57, exotic, body: long)]
                $0.commits = [World.commit("a", of: 57, message: long)]
                $0.raw = [
                    RawRecord(kind: "github_pr", stableID: "1", body: "{\"body\":\"\(String(repeating: "x", count: 250_000))\"}")
                ]
            }
            let document = try #require(try await world.document(.workItems, "PAY-1"))
            #expect(document.title == "PAY-1 \(exotic)")
            #expect(document.parts.first { $0.label == "Description" }?.text == String(long.dropLast()))
            #expect(document.parts.first { $0.label == "Labels" }?.text == "\(exotic), b")
            #expect(try await world.document(.pullRequests, "acme/api#57")?.parts.first?.text == exotic)
            let again = try await world.jira(at: 1) { $0.workItems = [written] }
            #expect(again.written == 0)
        }
    }
}
