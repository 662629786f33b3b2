import Foundation
import PulseModel
import Search
import Testing

@testable import Server

@Suite("The reading of a search")
struct SearchFieldsTests {
    private func read(_ body: String) throws -> SearchRequest {
        try StrictJSON.decode(SearchFields.self, from: Array(body.utf8)).request(names: SearchFields.Names())
    }

    @Test("A body and a query string say the same")
    func equality() throws {
        let body = try read(
            """
            {"query": "why do we retry?", "limit": 7, "mode": "lexical", "group": "none", "filter": {"sources": ["jira"],
             "tables": ["work_items", "changelogs"], "projects": ["PAY"], "repositories": ["acme/api"], "authors": ["Ann + Bo"],
             "statuses": ["In Review"], "updated": {"from": "2026-01-31", "to": "2026-02-01T12:00:00+01:00"}}}
            """
        )
        let query = try SearchFields(
            query:
                "q=why+do+we+retry%3F&limit=7&mode=lexical&group=none&source=jira&table=work_items&table=changelogs&project=PAY"
                + "&repository=acme%2Fapi&author=Ann+%2B+Bo&status=In%20Review&from=2026-01-31&to=2026-02-01T12:00:00%2B01:00"
        ).request(names: SearchFields.queryNames)
        #expect(body == query)
        #expect(body.filter.tables == [.workItems, .changelogs])
        #expect(body.filter.updatedTo == Date(timeIntervalSince1970: 1_769_943_600))
    }

    @Test("Members that are left out have their defaults")
    func defaults() throws {
        #expect(try read(#"{"query": "x", "filter": null}"#) == SearchRequest(query: "x"))
    }

    @Test(
        "A wrong body is refused, and the field is named",
        arguments: [
            (#"{"query": "x", "limmit": 3}"#, "limmit"), (#"{"query": "x", "filter": {"source": []}}"#, "filter.source"),
            (#"{"query": "x", "limit": "3"}"#, "limit"), (#"{"query": "x", "limit": 2.5}"#, "limit"),
            (#"{"query": "x", "limit": true}"#, "limit"), (#"{"query": "x", "limit": 0}"#, "limit"),
            (#"{"query": "x", "limit": 101}"#, "limit"), (#"{"query": "x", "limit": 1e400}"#, "limit"),
            (#"{"query": 7}"#, "query"), (#"{"query": " "}"#, "query"), (#"{}"#, "query"), (#"{"query": "a\u0000b"}"#, "query"),
            (#"{"query": "x", "mode": "Hybrid"}"#, "mode"), (#"{"query": "x", "group": "all"}"#, "group"),
            (#"{"query": "x", "filter": []}"#, "filter"), (#"{"query": "x", "filter": {"tables": "prs"}}"#, "filter.tables"),
            (#"{"query": "x", "filter": {"tables": ["users"]}}"#, "filter.tables"),
            (#"{"query": "x", "filter": {"tables": ["prs", 3]}}"#, "filter.tables[1]"),
            (#"{"query": "x", "filter": {"authors": [""]}}"#, "filter.authors"),
            (#"{"query": "x", "filter": {"updated": {"from": "yesterday"}}}"#, "filter.updated.from"),
            (#"{"query": "x", "filter": {"updated": {"to": "2026-02-30"}}}"#, "filter.updated.to"),
            (#"{"query": "x", "filter": {"updated": {"since": "2026-02-03"}}}"#, "filter.updated.since"),
            (#"{"query": "x", "filter": {"updated": {"from": "2026-02-03", "to": "2026-02-03"}}}"#, "filter.updated.to"),
            ("[]", "body"), ("null", "body"), ("", "body"), ("{", "body"), (#"{"query": "x"} {}"#, "body"),
            (String(repeating: "[", count: 30_000), "body"),
            (String(repeating: #"{"query":"#, count: 3_000), "body"),
        ]
    )
    func refusals(body: String, field: String) {
        let problem = #expect(throws: Problem.self) { try self.read(body) }
        // What has the right shape and no sense is 422.
        #expect(problem?.status == .badRequest || problem?.status == .unprocessableContent)
        #expect(problem?.detail.hasPrefix(field + ":") == true, "\(problem?.detail ?? "")")
        #expect(problem?.remedy.isEmpty == false)
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [[0xFF, 0xFE], [0x22, 0xC3, 0x22], [0x7B, 0x00, 0x7D, 0x00]] as [[UInt8]]
    )
    func encodings(bytes: [UInt8]) {
        let problem = #expect(throws: Problem.self) { try StrictJSON.decode(SearchFields.self, from: bytes) }
        #expect(problem?.status == .badRequest)
    }

    @Test(
        "A wrong query string is refused, and the parameter is named",
        arguments: [
            ("q=a&q=b", "q"), ("q=a&offset=3", "offset"), ("q=a&limit=ten", "limit"), ("q=%ZZ", "query string"),
            ("q=%C3", "query string"),
            ("q=a%00", "q"), ("limit=3", "q"), ("q=a&source=gitlab", "source"), ("q=a&from=2026-13-01", "from"),
            ("q=a&project=", "project"),
        ]
    )
    func queryRefusals(query: String, field: String) {
        let problem = #expect(throws: Problem.self) {
            try SearchFields(query: query).request(names: SearchFields.queryNames)
        }
        // What has the right shape and no sense is 422.
        #expect(problem?.status == .badRequest || problem?.status == .unprocessableContent)
        #expect(problem?.detail.hasPrefix(field + ":") == true, "\(problem?.detail ?? "")")
    }

    @Test(
        "Dates are those of the calendar",
        arguments: [
            ("1970-01-01", 0), ("2024-02-29T00:00:00Z", 1_709_164_800), ("2026-01-31T10:00:00.5+02:00", 1_769_846_400.5),
            ("0001-01-01", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] as [(String, Double)]
    )
    func dates(text: String, seconds: Double) {
        #expect(InstantText.parse(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(
        "What no calendar has is no date",
        arguments: [
            "", "2026", "2026-02-29", "2026-00-10", "2026-01-01T24:00:00Z", "2026-01-01T10:00", "2026-01-01 10:00:00Z",
            "2026-01-01T10:00:00",
            "0000-01-01", "٢٠٢٦-01-01", "2026-01-01\n",
        ]
    )
    func noDates(text: String) {
        #expect(InstantText.parse(text) == nil)
    }
}
