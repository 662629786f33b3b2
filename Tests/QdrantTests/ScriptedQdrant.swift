import Foundation
import HTTPTransport
import Qdrant
import Synchronization

/// A server that says what a test wants, and remembers what it was asked.
final class ScriptedQdrant: Sendable {
    private let seen = Mutex<[HTTPRequest]>([])
    private let answer: @Sendable (HTTPRequest) throws -> HTTPResponse

    init(_ answer: @escaping @Sendable (HTTPRequest) throws -> HTTPResponse = ScriptedQdrant.agreeable) {
        self.answer = answer
    }

    /// Requests in order, without the question for the version.
    var requests: [HTTPRequest] { self.seen.withLock { $0.filter { $0.url != Self.url + "/" } } }

    /// Method, path and body of each request.
    var lines: [String] {
        self.requests.map { request in
            let path = request.url.dropFirst(Self.url.count)
            return "\(request.method.rawValue) \(path) \(request.body.map { String(decoding: $0, as: UTF8.self) } ?? "-")"
        }
    }

    var transport: ScriptedTransport {
        ScriptedTransport { request in
            self.seen.withLock { $0.append(request) }
            return try self.answer(request)
        }
    }

    func client(maximumRequestBytes: Int = 8 << 20) -> QdrantClient {
        QdrantClient(
            QdrantConfiguration(url: Self.url, apiKey: "secret", maximumRequestBytes: maximumRequestBytes),
            transport: self.transport
        )
    }

    static let url = "http://qdrant.test:6333"

    static func json(_ text: String, status: Int = 200, headers: HTTPHeaders = [:]) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
    }

    /// Answers each request with success and nothing found.
    @Sendable static func agreeable(_ request: HTTPRequest) -> HTTPResponse {
        let path = request.url.dropFirst(Self.url.count).prefix { $0 != "?" }
        if path == "/" { return Self.json(#"{"title":"qdrant - vector search engine","version":"1.19.0"}"#) }
        let result =
            switch path.split(separator: "/").last {
            case "collections": #"{"collections":[{"name":"a"}]}"#
            case "exists": #"{"exists":true}"#
            case "aliases": request.method == .get ? #"{"aliases":[{"alias_name":"x","collection_name":"a"}]}"# : "true"
            case "count": #"{"count":3}"#
            case "facet": #"{"hits":[{"value":"jira","count":2}]}"#
            case "scroll": #"{"points":[],"next_page_offset":null}"#
            case "batch" where path.hasSuffix("query/batch"):
                "[" + Self.answers(to: request, member: "searches", each: #"{"points":[]}"#) + "]"
            case "batch":
                "[" + Self.answers(to: request, member: "operations", each: #"{"operation_id":1,"status":"completed"}"#) + "]"
            case "points" where request.method == .post: "[]"
            case "snapshots":
                request.method == .get ? "[]" : #"{"name":"a-1.snapshot","creation_time":"2026-01-01T00:00:00","size":3}"#
            case "upload": "true"
            case let last? where last.hasSuffix(".snapshot"): "true"
            case _ where request.method == .delete && path.contains("/index/"): #"{"operation_id":1,"status":"completed"}"#
            case "points", "delete", "index": #"{"operation_id":1,"status":"completed"}"#
            default: request.method == .get ? Self.emptyCollection : "true"
            }
        return Self.json(#"{"result":\#(result),"status":"ok","time":0.001}"#)
    }

    private static func answers(to request: HTTPRequest, member: String, each: String) -> String {
        let body = (try? JSONSerialization.jsonObject(with: Data(request.body ?? []))) as? [String: [Any]]
        return Array(repeating: each, count: body?[member]?.count ?? 0).joined(separator: ",")
    }

    /// As nobody's layout has it: the tenant's index is none, another is of another type, all is linked, nothing is set.
    static let otherCollection = #"""
        {"status":"green","optimizer_status":"ok","points_count":0,"segments_count":1,"payload_schema":{"tenant_id":{"data_type":\#
        "keyword","points":0},"author":{"data_type":"text","points":0}},"config":{"params":{"vectors":{"dense":{"size":3,\#
        "distance":"Cosine"}},"sparse_vectors":{"lexical":{"modifier":"idf"}},"shard_number":1,"replication_factor":1,\#
        "write_consistency_factor":1,"on_disk_payload":false},"hnsw_config":{"m":16},"quantization_config":null}}
        """#

    /// As `CollectionLayout(name:dimensions: 3)` makes it, without payload indexes.
    static let emptyCollection = #"""
        {"status":"green","optimizer_status":"ok","points_count":0,"segments_count":1,"payload_schema":{},"config":{"params":\#
        {"vectors":{"dense":{"size":3,"distance":"Cosine"}},"sparse_vectors":{"lexical":{"modifier":"idf"}}}}}
        """#
}

let tenantA = UUID(uuidString: "AAAAAAAA-0000-4000-8000-000000000001") ?? UUID()
let tenantB = UUID(uuidString: "BBBBBBBB-0000-4000-8000-000000000002") ?? UUID()
