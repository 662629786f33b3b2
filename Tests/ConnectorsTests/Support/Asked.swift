import Foundation
import HTTPTransport

@testable import Connectors

/// A request as a fake sees it.
struct Asked {
    var path: String
    var parts: [String]
    var query: [String: String]
    var body: JSONValue

    init(_ request: HTTPRequest) {
        let url = SourceURL(request.url)
        self.path = url?.path ?? ""
        self.parts = self.path.split(separator: "/").map(String.init)
        self.query = [:]
        for pair in (url?.target ?? "").split(separator: "?").dropFirst().first?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            self.query[sides[0]] = sides.count == 2 ? sides[1].removingPercentEncoding ?? sides[1] : ""
        }
        self.body = request.body.flatMap { try? JSONParser.parse($0) } ?? .null
    }
}

extension HTTPResponse {
    static func json(_ value: JSONValue, status: Int = 200, headers: HTTPHeaders = [:]) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: value.bytes)
    }

    static let notFound = HTTPResponse.json(["message": "Not Found"], status: 404)
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByArrayLiteral, ExpressibleByNilLiteral, ExpressibleByBooleanLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .number(String(value)) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .null }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSONValue {
    func without(_ name: String) -> JSONValue { .object((self.members ?? []).filter { $0.name != name }) }
}
