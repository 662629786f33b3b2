import AsyncHTTPTransport
import Foundation
import HTTPTransport
import Qdrant
import Testing

// A real server has no /faults, and Scripts/qdrant-edge only with --faults.
@Suite(
    "Faults on a server",
    .enabled("no server, or one that takes no orders for faults") {
        guard let url = TestCollection.url else { return false }
        return try await TestCollection.transport.send(HTTPRequest(.get, url + "/faults")).isSuccess
    }
)
struct FaultConformanceTests {
    /// Orders a fault for the next write of points into a collection.
    private func order(_ rule: String, for collection: TestCollection) async throws {
        let body = #"{"method":"PUT","path":"/collections/\#(collection.name)/points","count":1,\#(rule)}"#
        let request = HTTPRequest(.post, (TestCollection.url ?? "") + "/faults", body: Array(body.utf8))
        let answer = try await TestCollection.transport.send(request)
        try #require(answer.isSuccess, "\(answer.text)")
    }

    @Test(
        "A write that is refused, lost or unfinished has its kind, and doing it again is right",
        arguments: [
            (#""fault":"status","status":429,"retry_after":3"#, QdrantError.Kind.rateLimited),
            (#""fault":"status","status":503"#, .unknownOutcome), (#""fault":"status","status":408"#, .unknownOutcome),
            (#""fault":"acknowledged""#, .unknownOutcome), (#""fault":"wait_timeout","seconds":0.2"#, .unknownOutcome),
            (#""fault":"reset_before""#, .unknownOutcome), (#""fault":"reset_after""#, .unknownOutcome),
        ]
    )
    func kinds(rule: String, kind: QdrantError.Kind) async throws {
        try await TestCollection.with { collection in
            let vectors = collection.vectors(tenantA)
            let point = VectorPoint()
            try await self.order(rule, for: collection)
            let error = await #expect(throws: QdrantError.self) { try await vectors.upsert([point], onlyIfGenerationAtMost: 1) }
            #expect(error?.kind == kind)
            #expect(error?.retryAfter == (kind == .rateLimited ? .seconds(3) : nil))
            try await vectors.upsert([point], onlyIfGenerationAtMost: 1)
            #expect(try await vectors.count() == 1)
        }
    }

    @Test("A write that arrives late, after its client gave up, does not overwrite what a newer generation wrote meanwhile")
    func lateWrite() async throws {
        try await TestCollection.with { collection in
            let id = UUID()
            let impatient = QdrantClient(
                QdrantConfiguration(url: TestCollection.url ?? "", timeout: .milliseconds(300)),
                transport: TestCollection.transport
            )
            _ = try await impatient.version()
            let witness = VectorPoint()
            try await self.order(#""fault":"delay","seconds":1"#, for: collection)
            let error = await #expect(throws: QdrantError.self) {
                try await impatient.vectors(tenant: tenantA, collection: collection.name, space: "space")
                    .upsert([VectorPoint(id), witness], onlyIfGenerationAtMost: 3)
            }
            #expect(error?.kind == .unknownOutcome)
            let vectors = collection.vectors(tenantA)
            try await vectors.upsert([VectorPoint(id)], onlyIfGenerationAtMost: 5)
            // The witness tells when the late write has been applied.
            let deadline = ContinuousClock.now + .seconds(20)
            while try await vectors.count(.entities([witness.entity])) == 0, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            let generations = try await vectors.scroll(limit: 10).points.map { ($0.id, $0.generation) }
            #expect(generations.first { $0.0 == witness.id }?.1 == 3)
            #expect(generations.first { $0.0 == id }?.1 == 5)
        }
    }
}
