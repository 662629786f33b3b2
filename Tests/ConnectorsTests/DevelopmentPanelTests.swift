import Foundation
import HTTPTransport
import Store
import Testing

@testable import Connectors

@Suite("Jira's development panel")
struct DevelopmentPanelTests {
    private static let fields = JiraFields(FakeJira.fields.array ?? [])

    private static func field(_ types: [String]) -> String {
        let instances = types.map { #""\#($0)":{"count":1,"name":"\#($0)"}"# }.joined(separator: ",")
        return "{pullrequest={dataType=pullrequest, state=OPEN, stateCount=1}, "
            + #"json={"cachedValue":{"summary":{"pullrequest":{"overall":{"count":1},"byInstanceType":{\#(instances)}}}}}}"#
    }

    @Test("GitHub and GitHub Enterprise Server are told apart by what the field names")
    func applications() {
        func names(_ text: String, isDataCenter: Bool = false) -> DevelopmentPanel.Applications {
            DevelopmentPanel.applications(["customfield_4": .string(text)], Self.fields, isDataCenter: isDataCenter)
        }
        #expect(names(Self.field(["GitHub"])) == .init(names: ["GitHub"], areNamed: true))
        #expect(names(Self.field(["githube"])) == .init(names: ["githube"], areNamed: true))
        #expect(names(Self.field(["githube", "GitHub"])) == .init(names: ["GitHub", "githube"], areNamed: true))
        #expect(names(Self.field(["github"]), isDataCenter: true) == .init(names: ["github"], areNamed: true))
        #expect(names(Self.field(["GitLab"])) == .init(names: [], areNamed: true))
        #expect(names("{pullrequest={state=OPEN}}") == .init(names: ["GitHub", "githube"], areNamed: false))
        #expect(DevelopmentPanel.namesPullRequests(["customfield_4": "{}"], Self.fields) == false)
        #expect(DevelopmentPanel.namesPullRequests(["customfield_4": nil], Self.fields) == nil)
    }

    /// Two issues whose panels show one pull request each: of GitHub, and of an Enterprise Server.
    private static func fake(_ texts: [String]) async -> FakeJira {
        let fake = FakeJira(pay: texts.count)
        await fake.edit { fake in
            for (index, text) in texts.enumerated() { fake.issues[index].fields = ["customfield_4": .string(text)] }
            fake.override = { _, asked in
                guard asked.path.hasSuffix("issue/detail") else { return nil }
                let urls = [
                    "10001 GitHub": "https://github.com/acme/api/pull/57",
                    "10002 githube": "https://ghe.acme.test/acme/core/pull/3",
                ]
                let url = urls["\(asked.query["issueId"] ?? "") \(asked.query["applicationType"] ?? "")"]
                let pulls = url.map { url -> [JSONValue] in [["url": .string(url), "status": "OPEN"]] } ?? []
                return .json(["errors": [], "detail": [["pullRequests": .array(pulls)]]])
            }
        }
        return fake
    }

    @Test("Pull requests of an Enterprise Server are links too, each application asked where it is named")
    func enterprise() async throws {
        let fake = await Self.fake([Self.field(["GitHub"]), Self.field(["githube"])])
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.row("wits_prs_links", "10001~acme/api#57") != nil)
        #expect(await store.row("wits_prs_links", "10002~acme/core#3") != nil)
        #expect(fake.recorder.urls.filter { $0.contains("dev-status") }.count == 2)
        #expect(await store.pages.flatMap(\.completePanels).sorted() == ["10001", "10002"])
    }

    @Test("Where none is named both are asked until one shows something; only what all have answered is whole")
    func unnamed() async throws {
        let text = "{pullrequest={dataType=pullrequest, state=OPEN, stateCount=1}}"
        let fake = await Self.fake([text, text])
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(await store.count("wits_prs_links") == 2)
        #expect(fake.recorder.urls.filter { $0.contains("dev-status") }.count == 3)
        #expect(await store.pages.flatMap(\.completePanels) == ["10002"])
    }

    @Test("An issue without pull requests has a whole panel, one whose panel reports an error has not")
    func incomplete() async throws {
        let fake = await Self.fake([Self.field(["GitHub"]), "{}"])
        await fake.edit { fake in
            fake.override = { _, asked in
                asked.path.hasSuffix("issue/detail") ? .json(["errors": [["error": "timeout"]], "detail": []]) : nil
            }
        }
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(await store.pages.flatMap(\.completePanels) == ["10002"])
    }
}
