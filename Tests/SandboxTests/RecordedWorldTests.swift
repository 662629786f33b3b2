import Foundation
import Sandbox
import Testing

/// Recorded answers of the real services. They are not part of the project; where they are absent their tests are skipped.
enum Recordings {
    static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/realdata").standardizedFileURL.path

    static var isPresent: Bool { FileManager.default.fileExists(atPath: directory + "/github/devlake_json") }

    static var configuration: SandboxConfiguration { SandboxConfiguration(world: .recorded(directory: directory)) }
}

@Suite(.enabled(if: Recordings.isPresent, "../shared/realdata is absent: no recorded answers to replay"))
struct RecordedWorldTests {
    @Test("The recorded world holds the distinct rows of the recordings")
    func counts() async throws {
        try await withSandbox(Recordings.configuration) { client, state async throws in
            let counts = state.counts
            #expect(counts.pulls == 49)
            #expect(counts.commits == 90)
            #expect(counts.reviews == 30)
            #expect(counts.reviewComments == 16)
            #expect(counts.issueComments == 94)
            #expect(counts.issues == 33)
            #expect(counts.statuses == 53)
            #expect(counts.issueTypes == 6)
            #expect(counts.projects == 12)
            #expect(counts.sprints == 30)

            let pulls = try await client.pages("/github/repos/panjf2000/ants/pulls?state=all&per_page=20")
            #expect(pulls.count == 49)
            #expect(pulls.filter { !($0["merged_at"] is NSNull) }.count == 26)
            #expect(pulls.filter { $0.text("state") == "open" }.count == 4)
            let comments = try await client.pages("/github/repos/panjf2000/ants/issues/comments?per_page=100")
            #expect(comments.filter { $0.text("html_url").contains("/pull/") }.count == 46)
            let issues = try await client.search("project in (EE, K5) ORDER BY updated ASC, id ASC", size: 10)
            #expect(Set(issues.map { $0.text("id") }).count == 33)
        }
    }

    @Test("A recorded object is served unchanged")
    func unchanged() async throws {
        let path = Recordings.directory + "/jira/devlake_json/api_issues.json"
        let data = try #require(FileManager.default.contents(atPath: path))
        try await withSandbox(Recordings.configuration) { client, state async throws in
            let pages = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
            let originals = pages.flatMap { $0.list("items") }
            #expect(originals.count == 33)
            for key in state.issueKeys {
                let issue = try await client.get("/jira/rest/api/3/issue/\(key)?expand=changelog").object
                let original = try #require(originals.first { $0.text("key") == key })
                #expect(issue.object("fields") as NSDictionary == original.object("fields") as NSDictionary)
                #expect(issue.object("changelog").int("total") == original.object("changelog").int("total"))
            }
        }
    }
}
