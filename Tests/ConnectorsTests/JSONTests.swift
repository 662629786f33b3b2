import Foundation
import Testing

@testable import Connectors

@Suite("JSON of the sources")
struct JSONTests {
    @Test("NUL characters and lone surrogates leave texts and raw records")
    func cleaned() throws {
        let json = try JSONParser.parse(#"{"a":"x\u0000y","b":"\ud83d\ude00 \ud800 \udc00z","c":"back\\u0000slash","\u0000k":1}"#)
        #expect(json["a"].string == "xy")
        #expect(json["b"].string == "😀  z")
        #expect(json["c"].string == #"back\u0000slash"#)
        #expect(json["k"].int == 1)
        #expect(json.serialized == #"{"a":"xy","b":"😀  z","c":"back\\u0000slash","k":1}"#)
        #expect(try JSONParser.parse([0x22, 0x61, 0x00, 0x62, 0x22]) == "ab")
        #expect(try JSONParser.parse([0x22, 0xFF, 0x22]).string == "\u{FFFD}")
    }

    @Test("Serializing and parsing again gives the same value, numbers as they were spelled")
    func roundTrip() throws {
        let text = #"{"n":[0,-1.50,1e3,12345678901234567890],"s":"\"\\\n\t\u0001é😀","t":true,"f":false,"z":null,"o":{},"a":[]}"#
        let json = try JSONParser.parse(text)
        #expect(json.serialized == text)
        #expect(try JSONParser.parse(json.serialized) == json)
        #expect(json["n"].array?.map(\.int) == [0, nil, 1_000, nil])
    }

    @Test("A place in a list can be added to, whatever the source says that it is", arguments: [Int.max, .min, -1, 17])
    func counts(said: Int) throws {
        let answer: JSONValue = ["startAt": JSONValue(said), "total": JSONValue(Int.max), "issues": [1, 2]]
        let start = try #require(answer["startAt"].count)
        #expect(start >= 0 && (said == 17) == (start == 17))
        #expect(JiraConnector.next(after: answer, since: nil, newest: nil).token == "\(start + 1)")
    }

    @Test("A number that PostgreSQL cannot hold becomes null in the raw record")
    func hugeNumbers() throws {
        #expect(try JSONParser.parse("[1e999999,2]").serialized == "[null,2]")
    }

    @Test(
        "Broken text is refused with the place",
        arguments: [
            "", "{", "[1,", "[1 2]", #"{"a" 1}"#, #""abc"#, "tru", "1.", "-", "[1]x", #""\x""#, #""\u12"#, "{1:2}", "nul",
        ]
    )
    func broken(text: String) {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(text) }
    }

    @Test("Endless nesting is refused, not followed")
    func nesting() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(deep) }
    }

    @Test("Our reader agrees with Foundation's on ordinary documents")
    func agrees() throws {
        let text = #"{"a":[1,2.5,"x",{"b":null}],"c":"é\n😀","d":{"e":[true,false]}}"#
        let ours = try JSONSerialization.jsonObject(with: Data(JSONParser.parse(text).bytes)) as? NSDictionary
        let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        #expect(ours == theirs)
        #expect(ours != nil)
    }
}

@Suite("Dates of the sources")
struct SourceDateTests {
    @Test(
        "All forms read to the same moment",
        arguments: [
            "2020-06-12T00:13:13.360Z", "2020-06-12T08:13:13.360+0800", "2020-06-12T08:13:13.360+08:00",
            "2020-06-12T08:13:13.36+08", "2020-06-11T14:43:13.360-0930",
        ]
    )
    func forms(text: String) {
        #expect(SourceDate.parse(text) == Date(timeIntervalSince1970: 1_591_920_793.360))
    }

    @Test(
        "What is no date with an offset is refused",
        arguments: [
            "", "yesterday", "2020-06-12", "2020-13-01T00:00:00Z", "2020-02-30T00:00:00Z", "2020-06-12T24:00:00Z",
            "2020-06-12T08:13:13", "2020-06-12T08:13:13Zx", "2020-06-12T08:13:13.Z", "１２３４-06-12T08:13:13Z",
        ]
    )
    func refused(text: String) {
        #expect(SourceDate.parse(text) == nil)
    }

    @Test("Writing and reading gives the same second, across four centuries")
    func roundTrip() {
        for seconds in stride(from: -6_000_000_000.0, to: 7_000_000_000, by: 9_876_543) {
            let date = Date(timeIntervalSince1970: seconds)
            #expect(SourceDate.parse(SourceDate.text(of: date)) == date)
            #expect(SourceDate.text(of: date) == date.formatted(.iso8601))
        }
    }
}
