import Foundation
import Hummingbird
import HummingbirdTesting
import Sandbox
import Testing

/// A sandbox and a client in one process.
struct Client {
    let base: any TestClientProtocol

    /// An answer: status, headers, and the body as Foundation reads JSON.
    struct Answer {
        var status: Int
        var headers: [String: String]
        var json: Any

        var object: [String: Any] { json as? [String: Any] ?? [:] }
        var list: [[String: Any]] { json as? [[String: Any]] ?? [] }

        /// The URL of a relation in the Link header.
        func link(_ relation: String) -> String? {
            for part in (headers["link"] ?? "").components(separatedBy: ", ") where part.hasSuffix("rel=\"\(relation)\"") {
                return part.components(separatedBy: ">").first.map { String($0.dropFirst()) }
            }
            return nil
        }
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send(path, "GET", headers, nil)
    }

    func post(_ path: String, _ body: [String: Any], _ headers: [String: String] = [:]) async throws -> Answer {
        try await send(path, "POST", headers, ByteBuffer(bytes: JSONSerialization.data(withJSONObject: body)))
    }

    func send(_ path: String, _ method: String, _ headers: [String: String] = [:], _ body: ByteBuffer? = nil) async throws
        -> Answer
    {
        var fields = HTTPFields()
        for (name, value) in headers.merging(["user-agent": "tests"], uniquingKeysWith: { given, _ in given }) {
            if let name = HTTPFields.Element.Name(name) { fields[name] = value }
        }
        let verb = try #require(HTTPRequest.Method(method))
        return try await base.execute(uri: path, method: verb, headers: fields, body: body) { response in
            let bytes = Data(response.body.readableBytesView)
            var headers: [String: String] = [:]
            for field in response.headers { headers[field.name.rawName.lowercased()] = field.value }
            let json = try bytes.isEmpty ? [:] : JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed)
            return Answer(status: response.status.code, headers: headers, json: json)
        }
    }

    /// All pages of a GitHub list by its Link headers.
    func pages(_ path: String) async throws -> [[String: Any]] {
        var items: [[String: Any]] = []
        var next: String? = path
        while let url = next {
            let answer = try await get(url)
            try #require(answer.status == 200)
            items += answer.list
            next = answer.link("next").map { $0.replacing("http://localhost", with: "") }
        }
        return items
    }

    /// All issues of a search by its tokens.
    func search(_ jql: String, fields: [String] = ["updated"], size: Int = 50) async throws -> [[String: Any]] {
        var issues: [[String: Any]] = []
        var body: [String: Any] = ["jql": jql, "fields": fields, "maxResults": size]
        while true {
            let answer = try await post("/jira/rest/api/3/search/jql", body)
            try #require(answer.status == 200, "\(answer.json)")
            issues += answer.object["issues"] as? [[String: Any]] ?? []
            guard let token = answer.object["nextPageToken"] as? String else {
                #expect(answer.object["isLast"] as? Bool == true)
                return issues
            }
            body["nextPageToken"] = token
        }
    }
}

func withSandbox(
    _ configuration: SandboxConfiguration = SandboxConfiguration(world: .generated(seed: 7)),
    _ body: @escaping @Sendable (Client, SandboxState) async throws -> Void
) async throws {
    let sandbox = try SandboxApplication(configuration: configuration)
    try await sandbox.build().test(.router) { client in
        try await body(Client(base: client), sandbox.state)
    }
}

extension [String: Any] {
    func text(_ key: String) -> String { self[key] as? String ?? "" }
    func int(_ key: String) -> Int { self[key] as? Int ?? -1 }
    func object(_ key: String) -> [String: Any] { self[key] as? [String: Any] ?? [:] }
    func list(_ key: String) -> [[String: Any]] { self[key] as? [[String: Any]] ?? [] }
}
