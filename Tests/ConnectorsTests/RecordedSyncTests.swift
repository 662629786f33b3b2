import Foundation
import HTTPTransport
import PulseModel
import Store
import Testing

@testable import Connectors

/// Syncs a real repository and a real Jira site from their recorded answers; see ``RecordedDataTests``.
@Suite("Recorded sources sync", .enabled(if: RecordedData.isThere, "no ../shared/realdata beside the project"))
struct RecordedSyncTests {
    @Test("panjf2000/ants comes in whole, and a second sync changes nothing")
    func github() async throws {
        let folder = "github/devlake_json"
        let pulls = try RecordedData.items("\(folder)/api_pull_requests.json")
        let commits = try RecordedData.byPath("\(folder)/api_pull_request_commits.json")
        let reviews = try RecordedData.byPath("\(folder)/api_pull_request_reviews.json")
        let comments = try RecordedData.items("\(folder)/api_comments.json")
        let lineComments = try RecordedData.items("\(folder)/api_pull_request_review_comments.json")
        let transport = ScriptedTransport { request in
            let asked = Asked(request)
            let rest = asked.path.replacing("/repos/panjf2000/ants", with: "")
            switch rest {
            case "": return .json(["id": 134_018_330, "name": "ants", "full_name": "panjf2000/ants"])
            case "/pulls":
                return .json(.array(pulls.sorted { ($0["updated_at"].string ?? "") > ($1["updated_at"].string ?? "") }))
            case "/pulls/comments": return .json(.array(lineComments))
            case "/issues/comments": return .json(.array(comments))
            case "/deployments", "/releases": return .json([])
            default:
                if rest.hasSuffix("/commits") { return .json(.array(commits[asked.path] ?? [])) }
                if rest.hasSuffix("/reviews") { return .json(.array(reviews[asked.path] ?? [])) }
                return pulls.first { $0["number"].identifier == asked.parts.last }.map { .json($0) } ?? .notFound
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(transport, store, repositories: ["panjf2000/ants"])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.rejected.isEmpty)
        #expect(await store.count("prs") == 49)
        #expect(await store.count("prs_commits") == 90)
        #expect(await store.count("prs_reviews") == 30)
        #expect(await store.count("prs_comments") == 16 + 46)
        let again = try await syncGitHub(transport, store, repositories: ["panjf2000/ants"])
        #expect(again.result.written == 0)
    }

    @Test("The recorded Jira site comes in whole, and a second sync changes nothing", arguments: [[], ["EE", "K5"]])
    func jira(projects: [String]) async throws {
        let folder = "jira/devlake_json"
        let issues = try RecordedData.items("\(folder)/api_issues.json")
            .sorted { ($0["fields"]["updated"].date ?? .distantPast) < ($1["fields"]["updated"].date ?? .distantPast) }
        let lists: [String: [JSONValue]] = [
            "/rest/api/3/project/search": try RecordedData.items("\(folder)/api_projects.json"),
            "/rest/api/3/issuetype": try RecordedData.items("\(folder)/api_issue_types.json"),
            "/rest/api/3/status": try RecordedData.items("\(folder)/api_status.json"),
        ]
        let transport = ScriptedTransport { request in
            let asked = Asked(request)
            if let list = lists[asked.path] { return .json(.array(list)) }
            guard asked.path == "/rest/api/3/search/jql" else { return .notFound }
            let start = asked.body["nextPageToken"].string.flatMap { Int($0) } ?? 0
            let end = min(start + 7, issues.count)
            let answer: JSONValue = ["issues": .array(Array(issues[start..<end]))]
            return .json(end < issues.count ? answer.with("nextPageToken", .string(String(end))) : answer.with("isLast", true))
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(transport, store, projects: projects)
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.rejected.isEmpty)
        #expect(await store.count("work_items") == Set(issues.compactMap { $0["id"].string }).count)
        let histories = issues.flatMap { $0["changelog"]["histories"].array ?? [] }.compactMap { $0["id"].string }
        #expect(await store.count("changelogs") == Set(histories).count)
        #expect(await store.count("statuses") >= 53)
        let shown = Set(issues.compactMap { $0["fields"]["project"]["id"].string })
        let stored = await store.content.rows["projects"].map { Set($0.keys) } ?? []
        #expect(shown.isSubset(of: stored), "the projects that only issues show are there too")
        let again = try await syncJira(transport, store, projects: projects)
        #expect(again.result.written == 0)
    }
}

extension RecordedData {
    /// Items by the path they were asked for.
    static func byPath(_ name: String) throws -> [String: [JSONValue]] {
        var items: [String: [JSONValue]] = [:]
        for entry in try self.entries(name) {
            guard let url = entry["url"].string.flatMap(SourceURL.init) else { continue }
            items[url.path, default: []] += entry["items"].array ?? []
        }
        return items
    }
}
