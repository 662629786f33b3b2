import Foundation
import HTTPTransport
import Store
import Testing

@testable import Connectors

/// Every request of a synchronization against Jira's own OpenAPI document: paths, methods, parameters, bodies. The document covers
/// the platform; boards and the development panel have none.
@Suite("Requests to Jira Cloud", .enabled(if: RecordedData.isThere, "no ../shared/realdata beside the project"))
struct JiraOpenAPITests {
    @Test("A whole synchronization asks only what Jira's OpenAPI document allows")
    func valid() async throws {
        let document = try OpenAPIDocument()
        let fake = FakeJira(pay: 12, ops: 5)
        await fake.edit { fake in
            for index in fake.issues.indices { fake.issues[index].changes += 5 }
            fake.override = { _, asked in
                switch asked.path {
                case "/rest/api/3/users/search":
                    .json(asked.query["startAt"] == "0" ? [["accountId": "u9", "displayName": "Zoe"]] : [])
                case "/rest/api/3/workflows/search": .json(["isLast": true, "values": []])
                default: nil
                }
            }
        }
        let store = RecordingIngestionStore()
        for projects in [["PAY", "OPS"], []] {
            let report = try await syncJira(fake.transport, store, projects: projects, fields: ["customfield_9"])
            #expect(report.isSuccess, "\(report.failures)")
        }
        await fake.edit { fake in
            fake.override = { fake, asked in
                if asked.path.hasSuffix("bulkfetch") { return .notFound }
                guard asked.parts.last == "changelog" else { return nil }
                return .json(["values": [], "isLast": true])
            }
        }
        _ = try await syncJira(fake.transport, RecordingIngestionStore(), projects: ["PAY"])
        var paths: Set<String> = []
        for request in fake.recorder.all {
            let asked = Asked(request)
            guard asked.path.hasPrefix("/rest/api/") else { continue }
            paths.insert(document.template(of: asked.path) ?? asked.path)
            #expect(document.faults(of: request) == [], "\(asked.path)")
        }
        #expect(
            paths.isSuperset(of: [
                "/rest/api/3/field", "/rest/api/3/project/search", "/rest/api/3/issuetype", "/rest/api/3/status",
                "/rest/api/3/search/jql", "/rest/api/3/changelog/bulkfetch", "/rest/api/3/users/search",
                "/rest/api/3/workflows/search", "/rest/api/3/issue/{issueIdOrKey}/changelog",
            ])
        )
    }

    @Test("The check itself sees what is wrong")
    func sees() throws {
        let document = try OpenAPIDocument()
        func faults(_ method: HTTPRequest.Method, _ target: String, _ body: JSONValue? = nil) -> Int {
            document.faults(of: HTTPRequest(method, FakeJira.host + target, headers: [:], body: body?.bytes)).count
        }
        #expect(faults(.get, "/rest/api/3/search/everything") == 1)
        #expect(faults(.post, "/rest/api/3/field/search") == 1)
        #expect(faults(.get, "/rest/api/3/users/search?page=2") == 1)
        #expect(faults(.get, "/rest/api/3/users/search?startAt=two") == 1)
        #expect(faults(.post, "/rest/api/3/search/jql", ["jql": "x", "startAt": 0]) == 1)
        #expect(faults(.post, "/rest/api/3/search/jql", ["jql": 7]) == 1)
        #expect(faults(.post, "/rest/api/3/changelog/bulkfetch", ["maxResults": 5]) == 1, "issueIdsOrKeys is required")
        #expect(
            faults(.post, "/rest/api/3/changelog/bulkfetch", ["issueIdsOrKeys": .array((0...1_000).map { JSONValue($0) })]) >= 1
        )
    }
}

/// As much of an OpenAPI document as checking a request needs.
struct OpenAPIDocument {
    private let json: JSONValue

    init() throws {
        self.json = try RecordedData.entries("jira/openapi/jira-cloud-platform.v3.openapi.json")[0]
    }

    /// The path of the document that a request's path is one of.
    func template(of path: String) -> String? {
        let parts = path.split(separator: "/")
        let names = (self.json["paths"].members ?? []).map(\.name)
        return names.first { $0 == path }
            ?? names.first { name in
                let pattern = name.split(separator: "/")
                return pattern.count == parts.count
                    && zip(pattern, parts).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && $0.hasSuffix("}")) }
            }
    }

    func faults(of request: HTTPRequest) -> [String] {
        let asked = Asked(request)
        guard let template = self.template(of: asked.path) else { return ["there is no path \(asked.path)"] }
        let operation = self.json["paths"][template][request.method == .get ? "get" : "post"]
        guard !operation.isNull else { return ["\(template) does not take \(request.method)"] }
        var faults: [String] = []
        let parameters = (operation["parameters"].array ?? []).filter { $0["in"].string == "query" }
        for (name, value) in asked.query {
            guard let parameter = parameters.first(where: { $0["name"].string == name }) else {
                faults.append("\(template) has no parameter \(name)")
                continue
            }
            if parameter["schema"]["type"].string == "integer", Int(value) == nil {
                faults.append("\(name) is no integer: \(value)")
            }
        }
        for parameter in parameters where parameter["required"].bool == true && asked.query[parameter["name"].string ?? ""] == nil
        {
            faults.append("\(parameter["name"].string ?? "") is missing")
        }
        let schema = operation["requestBody"]["content"]["application/json"]["schema"]
        if !schema.isNull, request.method == .post { faults += self.faults(of: asked.body, schema, at: "body") }
        return faults
    }

    private func resolved(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema["$ref"].string else { return schema }
        return self.json["components"]["schemas"][String(reference.split(separator: "/").last ?? "")]
    }

    private func faults(of value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
        let schema = self.resolved(schema)
        switch schema["type"].string {
        case "object":
            guard let members = value.members else { return ["\(path) is no object"] }
            var faults: [String] = []
            for member in members {
                let property = schema["properties"][member.name]
                if property.isNull {
                    faults.append("\(path) has no member \(member.name)")
                } else {
                    faults += self.faults(of: member.value, property, at: "\(path).\(member.name)")
                }
            }
            for name in (schema["required"].array ?? []).compactMap(\.string) where value[name].isNull {
                faults.append("\(path).\(name) is missing")
            }
            return faults
        case "array":
            guard let values = value.array else { return ["\(path) is no list"] }
            if let most = schema["maxItems"].int, values.count > most { return ["\(path) has more than \(most)"] }
            return values.prefix(3).flatMap { self.faults(of: $0, schema["items"], at: "\(path)[]") }
        case "string": return value.string == nil ? ["\(path) is no text"] : []
        case "integer":
            guard let number = value.int else { return ["\(path) is no integer"] }
            if let most = schema["maximum"].int, number > most { return ["\(path) is more than \(most)"] }
            return []
        case "boolean": return value.bool == nil ? ["\(path) is neither true nor false"] : []
        default: return []
        }
    }
}
