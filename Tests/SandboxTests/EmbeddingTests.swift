import Foundation
import Sandbox
import Testing

@Suite struct EmbeddingTests {
    @Test("Vectors have the length asked for, norm 1, their inputs' order, and are the same each time")
    func vectors() async throws {
        try await withSandbox { client, _ async throws in
            let body: [String: Any] = ["model": "m", "input": ["paid twice", "paid twice again", "dark mode"], "dimensions": 64]
            let first = try await client.post("/embeddings/v1/embeddings", body).object.list("data")
            #expect(first.map { $0.int("index") } == [0, 1, 2])
            let vectors = first.map { $0["embedding"] as? [Double] ?? [] }
            for vector in vectors {
                #expect(vector.count == 64)
                #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
            }
            func cosine(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
            #expect(cosine(vectors[0], vectors[1]) > cosine(vectors[0], vectors[2]))

            let packed = try await client.post("/embeddings/v1/embeddings", body.merging(["encoding_format": "base64"]) { $1 })
            let data = try #require(Data(base64Encoded: packed.object.list("data")[0].text("embedding")))
            let floats = stride(from: 0, to: data.count, by: 4).map { offset in
                var bits: UInt32 = 0
                for byte in data[offset..<offset + 4].reversed() { bits = bits << 8 | UInt32(byte) }
                return Float(bitPattern: bits)
            }
            #expect(floats.count == 64)
            #expect(zip(floats, vectors[0]).allSatisfy { abs(Double($0) - $1) < 1e-6 })
        }
    }

    @Test("Empty and missing inputs are refused")
    func refusals() async throws {
        try await withSandbox { client, _ async throws in
            #expect(try await client.post("/embeddings/v1/embeddings", ["model": "m", "input": [""]]).status == 400)
            #expect(try await client.post("/embeddings/v1/embeddings", ["model": "m"]).status == 400)
            #expect(try await client.post("/embeddings/v1/embeddings", ["input": "text"]).status == 400)
        }
    }
}
