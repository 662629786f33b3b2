import Foundation
import HTTPTransport
import Qdrant
import Testing

@Suite("What a failure means")
struct ErrorTests {
    /// The errors of the same answer to a read and to a write.
    private func kinds(_ answer: @escaping @Sendable () throws -> HTTPResponse) async -> (read: QdrantError?, write: QdrantError?)
    {
        let server = ScriptedQdrant { request in
            request.url == ScriptedQdrant.url + "/" ? ScriptedQdrant.agreeable(request) : try answer()
        }
        let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "s")
        var errors: (QdrantError?, QdrantError?) = (nil, nil)
        do { _ = try await vectors.count() } catch { errors.0 = error as? QdrantError }
        do { try await vectors.deleteAll() } catch { errors.1 = error as? QdrantError }
        return errors
    }

    @Test(
        "Each status has its kind, for reads and for writes",
        arguments: [
            (400, QdrantError.Kind.rejected, QdrantError.Kind.rejected), (401, .unauthorized, .unauthorized),
            (403, .unauthorized, .unauthorized), (404, .notFound, .notFound), (408, .unavailable, .unknownOutcome),
            (409, .rejected, .rejected), (413, .rejected, .rejected), (422, .rejected, .rejected),
            (429, .rateLimited, .rateLimited), (500, .unavailable, .unknownOutcome), (502, .unavailable, .unknownOutcome),
            (503, .unavailable, .unknownOutcome), (504, .unavailable, .unknownOutcome), (507, .unavailable, .unavailable),
            (302, .rejected, .rejected),
        ]
    )
    func statuses(status: Int, read: QdrantError.Kind, write: QdrantError.Kind) async {
        let errors = await self.kinds { ScriptedQdrant.json(#"{"status":{"error":"why"},"time":0}"#, status: status) }
        #expect(errors.read?.kind == read)
        #expect(errors.write?.kind == write)
        #expect(errors.read?.status == status)
        #expect(errors.write?.message == "\(status) why")
    }

    @Test(
        "A broken connection leaves a write's outcome unknown, unless there was none",
        arguments: [
            (HTTPTransportError.Kind.cannotConnect, QdrantError.Kind.unreachable, QdrantError.Kind.unreachable),
            (.invalidURL, .unreachable, .unreachable), (.timedOut, .unavailable, .unknownOutcome),
            (.connectionLost, .unavailable, .unknownOutcome), (.answerTooLarge, .invalidAnswer, .unknownOutcome),
        ]
    )
    func connections(kind: HTTPTransportError.Kind, read: QdrantError.Kind, write: QdrantError.Kind) async {
        let errors = await self.kinds { throw HTTPTransportError(kind, host: "qdrant.test:6333", detail: "connection refused") }
        #expect(errors.read?.kind == read)
        #expect(errors.write?.kind == write)
        // What is told to who does not run the installation names no host.
        for error in [errors.read, errors.write] {
            #expect(error?.publicDescription.hasPrefix("Qdrant ") == true)
            #expect(error?.publicDescription.contains("qdrant.test") == false)
            #expect(error?.publicDescription.contains("127.0.0.1") == false)
        }
    }

    @Test(
        "Only `completed` is success",
        arguments: [
            #"{"result":{"operation_id":1,"status":"acknowledged"},"status":"ok"}"#,
            #"{"result":{"operation_id":1,"status":"wait_timeout"},"status":"ok"}"#,
            #"{"result":true,"status":"ok"}"#, "<html>", "",
        ]
    )
    func unfinishedWrites(answer: String) async {
        let errors = await self.kinds { ScriptedQdrant.json(answer) }
        #expect(errors.write?.kind == .unknownOutcome)
        #expect(errors.read?.kind == .invalidAnswer)
    }

    @Test("A batch of which one write is unfinished is of unknown outcome as a whole")
    func unfinishedBatch() async throws {
        for statuses in [["completed", "acknowledged"], ["completed"]] {
            let server = ScriptedQdrant { request in
                guard request.url.contains("/points/batch") else { return ScriptedQdrant.agreeable(request) }
                return ScriptedQdrant.json(#"{"result":[\#(statuses.map { #"{"status":"\#($0)"}"# }.joined(separator: ","))]}"#)
            }
            let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "s")
            let gone = (0..<2).map { _ in EntityReplacement(entity: UUID(), generation: 1, points: []) }
            let error = await #expect(throws: QdrantError.self) { try await vectors.replace(gone) }
            #expect(error?.kind == .unknownOutcome)
        }
    }

    @Test("Retry-After is read in seconds and as a date")
    func retryAfter() async {
        let errors = await self.kinds { ScriptedQdrant.json("{}", status: 429, headers: ["retry-after": "7"]) }
        #expect(errors.write?.retryAfter == .seconds(7))
    }

    @Test("A person reads in one line what is wrong and what to do, and never the password of the URL")
    func unreachableLine() async {
        let refused = HTTPTransportError(.cannotConnect, host: "127.0.0.1:6333", detail: "connection refused")
        let client = QdrantClient(
            QdrantConfiguration(url: "http://me:hidden@127.0.0.1:6333/"),
            transport: ScriptedTransport { _ in throw refused }
        )
        let error = await #expect(throws: QdrantError.self) { _ = try await client.version() }
        #expect(
            error.map { "\($0)" }
                == "cannot reach Qdrant at http://127.0.0.1:6333: connection refused; start it or set PULSE_QDRANT_URL"
        )
        #expect(await client.isReady() == false)
    }

    @Test("An answer that holds another tenant's point is refused, not passed on")
    func foreignPoint() async throws {
        let payload = #""payload":{"tenant_id":"bbbbbbbb-0000-4000-8000-000000000002"}"#
        let server = ScriptedQdrant { request in
            if request.url.hasSuffix("/query/batch") {
                return ScriptedQdrant.json(#"{"result":[{"points":[{"id":"\#(UUID())","version":1,"score":1,\#(payload)}]}]}"#)
            }
            if request.url.hasSuffix("/points") {
                return ScriptedQdrant.json(
                    #"{"result":[{"id":"\#(UUID())","payload":{"tenant_id":"b","space":"s"},"vector":{"dense":[1]}}]}"#
                )
            }
            if request.url.hasSuffix("/scroll") {
                return ScriptedQdrant.json(#"{"result":{"points":[{"id":"\#(UUID())",\#(payload)}],"next_page_offset":null}}"#)
            }
            return ScriptedQdrant.agreeable(request)
        }
        let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "s")
        await #expect(throws: QdrantError.self) { _ = try await vectors.query(HybridQuery(dense: [1], limit: 1)) }
        await #expect(throws: QdrantError.self) { _ = try await vectors.scroll(limit: 1) }
        #expect(try await vectors.retrieveDense(ids: [UUID()]).isEmpty)
    }

    @Test("A server too old for a tenant's own IDF, or for conditional upserts, is named with the release that is needed")
    func oldServers() async throws {
        func client(_ version: String) -> TenantVectors {
            ScriptedQdrant { request in
                request.url == ScriptedQdrant.url + "/"
                    ? ScriptedQdrant.json(#"{"title":"qdrant","version":"\#(version)"}"#) : ScriptedQdrant.agreeable(request)
            }.client().vectors(tenant: tenantA, collection: "c", space: "s")
        }
        let lexical = HybridQuery(lexical: SparseVector(indices: [1], values: [1]), limit: 1)
        let error = await #expect(throws: QdrantError.self) { _ = try await client("1.18.3").query(lexical) }
        #expect(error?.kind == .rejected)
        #expect(error?.message == "the server is 1.18.3; 1.19.0 is the first that can; upgrade Qdrant")
        _ = try await client("1.18.3").query(HybridQuery(dense: [1], limit: 1))
        _ = try await client("1.20.1-dev").query(lexical)
        let point = VectorPoint(id: UUID(), entity: UUID(), dense: [1], lexical: SparseVector(indices: [], values: []))
        await #expect(throws: QdrantError.self) { try await client("1.15.5").upsert([point], onlyIfGenerationAtMost: 1) }
    }

    @Test("Versions compare by number")
    func versions() throws {
        #expect(try #require(QdrantVersion(parsing: "1.9.2")) < (try #require(QdrantVersion(parsing: "1.10.0-rc1"))))
        #expect(QdrantVersion(parsing: "v1") == nil)
    }
}
