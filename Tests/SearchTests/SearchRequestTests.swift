import Foundation
import Testing

@testable import Search

@Suite("What a search may ask")
struct SearchRequestTests {
    @Test(
        "Empty and overlong queries and limits out of range are named",
        arguments: [
            (SearchRequest(query: " \n"), "query is empty"),
            (SearchRequest(query: String(repeating: "a", count: 4_001)), "4001 characters"),
            (SearchRequest(query: "a", limit: 0), "limit is 0"), (SearchRequest(query: "a", limit: 101), "limit is 101"),
        ]
    )
    func faults(_ request: SearchRequest, _ part: String) {
        #expect(request.fault?.contains(part) == true)
    }

    @Test("A sound request has no fault")
    func sound() {
        #expect(SearchRequest(query: "why do we retry payments twice?", limit: 100).fault == nil)
    }

    @Test("Filters name what the index holds: keys in upper case, repositories in lower case")
    func filters() {
        let filter = SearchRequest.Filter(
            projects: ["pay"],
            repositories: ["Acme/API"],
            updatedFrom: Date(timeIntervalSince1970: 0)
        )
        #expect(
            filter.pointFilter.conditions == [
                .keyword(key: "project", anyOf: ["PAY"]), .keyword(key: "repository", anyOf: ["acme/api"]),
                .dateRange(key: "updated_at", from: Date(timeIntervalSince1970: 0), before: nil),
            ]
        )
    }
}
