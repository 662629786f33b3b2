import FloatJSON
import Foundation
public import HTTPTransport

/// Snapshots of whole collections, of all tenants: for whoever runs the installation, never for a tenant.
///
/// A cluster makes a snapshot of what one node has; each node is asked for its own.
public struct QdrantSnapshots: Sendable {
    private let client: QdrantClient
    private let transport: any HTTPFileTransport
    /// A collection of many gigabytes takes its time.
    private let timeout: Duration

    public init(client: QdrantClient, transport: any HTTPFileTransport, timeout: Duration = .seconds(6 * 3_600)) {
        self.client = client
        self.transport = transport
        self.timeout = timeout
    }

    /// - Throws: ``QdrantError``; kind `rejected` where the server makes no snapshots at all.
    public func create(of collection: String) async throws -> Snapshot {
        let operation = QdrantOperation.write("make a snapshot of `\(collection)`")
        do {
            return try await self.client.result(
                .post,
                Path.collection(collection, "/snapshots?wait=true"),
                timeout: self.timeout,
                for: operation
            )
        } catch let error as QdrantError where error.kind == .notFound {
            throw try await self.explained(error, collection: collection, operation: operation)
        }
    }

    /// The snapshots that stand on the server.
    public func list(of collection: String) async throws -> [Snapshot] {
        let operation = QdrantOperation.read("list snapshots of `\(collection)`")
        do {
            return try await self.client.result(.get, Path.collection(collection, "/snapshots"), for: operation)
        } catch let error as QdrantError where error.kind == .notFound {
            throw try await self.explained(error, collection: collection, operation: operation)
        }
    }

    /// - Returns: whether it was there.
    @discardableResult
    public func delete(_ snapshot: String, of collection: String) async throws -> Bool {
        do {
            return try await self.client.result(
                .delete,
                Self.path(snapshot, of: collection) + "?wait=true",
                for: .write("delete the snapshot `\(snapshot)` of `\(collection)`")
            )
        } catch let error as QdrantError where error.kind == .notFound {
            return false
        }
    }

    /// Writes a snapshot to a file, which is made anew.
    public func download(_ snapshot: String, of collection: String, to path: String) async throws {
        let operation = QdrantOperation.read("fetch the snapshot `\(snapshot)` of `\(collection)`")
        let request = self.client.request(.get, Self.path(snapshot, of: collection), timeout: self.timeout)
        try await self.exchange(operation) { try await self.transport.download(request, to: path) }
    }

    /// Makes a collection what it was when the snapshot was made, whatever stands in it now; makes it where it is missing.
    ///
    /// - Parameter checksum: SHA-256 of the file in hexadecimal; the server refuses another file.
    public func restore(_ collection: String, from path: String, checksum: String? = nil) async throws {
        let operation = QdrantOperation.write("restore `\(collection)` from a snapshot")
        var query = "?wait=true&priority=snapshot"
        if let checksum { query += "&checksum=\(Path.segment(checksum))" }
        let request = self.client.request(
            .post,
            Path.collection(collection, "/snapshots/upload" + query),
            timeout: self.timeout
        )
        do {
            try await self.exchange(operation) { try await self.transport.upload(request, file: path, field: "snapshot") }
        } catch let error as QdrantError where error.kind == .notFound {
            throw QdrantError(.rejected, operation: operation.phrase, status: error.status, message: Self.noSnapshots)
        }
    }

    /// The greatest generation that a point of the collection has, of whatever tenant; nil where none has any.
    public func greatestGeneration(in collection: String) async throws -> Int64? {
        struct Answer: Decodable {
            struct Point: Decodable {
                var payload: [String: QdrantValue]?
            }

            var points: [Point]
        }
        let operation = QdrantOperation.read("find the greatest generation in `\(collection)`")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                json.key("limit")
                json.integer(1)
                json.key("order_by")
                json.object { json in
                    json.key("key")
                    json.string(PointKey.generation)
                    json.key("direction")
                    json.string("desc")
                }
                json.key("with_payload")
                json.array { json in json.string(PointKey.generation) }
                json.key("with_vector")
                json.bool(false)
            }
        }
        let answer: Answer = try await self.client.result(
            .post,
            Path.collection(collection, "/points/scroll"),
            body: body,
            for: operation
        )
        return answer.points.first?.payload?[PointKey.generation]?.integerValue
    }

    private static func path(_ snapshot: String, of collection: String) -> String {
        Path.collection(collection, "/snapshots/" + Path.segment(snapshot))
    }

    private static let noSnapshots = """
        this Qdrant has no snapshots (the development engine of Scripts/qdrant-edge has none); back up its data folder, or rebuild the \
        index with `pulse audit --repair`
        """

    /// A 404 of a collection that is there is one of the route.
    private func explained(_ error: QdrantError, collection: String, operation: QdrantOperation) async throws -> QdrantError {
        guard try await self.client.collectionExists(collection) else { return error }
        return QdrantError(.rejected, operation: operation.phrase, status: error.status, message: Self.noSnapshots)
    }

    private func exchange(_ operation: QdrantOperation, _ send: () async throws -> HTTPResponse) async throws {
        let response: HTTPResponse
        do {
            response = try await send()
        } catch let error as HTTPTransportError {
            throw QdrantError(error, operation: operation, configuration: self.client.configuration)
        }
        guard response.isSuccess else { throw QdrantError(response, operation: operation) }
    }
}
