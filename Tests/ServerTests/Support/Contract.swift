import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Store
import Testing

@testable import Server

/// Compares answers with what `/openapi.json` says of them: a status that is not there, or a body of another shape, is a failure.
enum Contract {
    private static let table: RouteTable? = {
        guard let store = try? Store(url: "postgresql://nobody@127.0.0.1:1/nothing") else { return nil }
        return TestWorld.server(store: store).described
    }()

    static func check(_ answer: TestResponse, to method: HTTPRequest.Method, _ uri: String) {
        let path = uri.split(separator: "?", maxSplits: 1).first.map(String.init) ?? uri
        guard let route = self.table?.route(method, path) else { return }
        let status = answer.status
        let place = Comment(rawValue: "\(method) \(path) \(status.code)")
        if let content = route.answers.first(where: { $0.status == status })?.content {
            guard case .json(let schema) = content, method != .head else { return }
            let value = try? JSONDecoder().decode(JSONValue.self, from: Data(answer.body.readableBytesView))
            #expect(value != nil, place)
            if let value { #expect(schema.fault(of: value, at: "answer")?.detail == nil, place) }
        } else {
            #expect(OpenAPIDocument.problems(of: route).contains { $0.status == status }, place)
            #expect(answer.headers[.contentType] == "application/problem+json", place)
        }
    }
}
