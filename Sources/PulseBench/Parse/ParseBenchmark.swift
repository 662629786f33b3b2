import FloatJSON
import Foundation

/// How fast answers of providers become vectors, and vectors bodies for Qdrant.
struct ParseBenchmark {
    private static let vectors = 256
    private static let rounds = 15

    func run() throws -> [Figure] {
        var figures: [Figure] = []
        for dimensions in [384, 1536] {
            var samples = Samples()
            let vectors = (0..<Self.vectors).map { _ in samples.vector(dimensions: dimensions) }
            let floats = try Self.answer(vectors) { json, vector in try json.floats(vector) }
            let base64 = Self.answer(vectors) { json, vector in json.string(Self.base64(vector)) }
            let decoder = JSONDecoder()

            figures.append(
                Figure(
                    "float arrays, \(dimensions)",
                    try Self.speed(of: floats) { try FloatScanner.vectors(in: floats, at: "data[*].embedding") },
                    "MB/s",
                    limit: (
                        "JSONDecoder",
                        try Self.speed(of: floats, rounds: 3) { try decoder.decode(Answer<[Float]>.self, from: Data(floats)) }
                    ),
                    target: .atLeast(400),
                    runs: Self.rounds
                )
            )
            figures.append(
                Figure(
                    "base64, \(dimensions)",
                    try Self.speed(of: base64) { try FloatScanner.base64Vectors(in: base64, at: "data[*].embedding") },
                    "MB/s",
                    limit: (
                        "JSONDecoder",
                        try Self.speed(of: base64, rounds: 3) { try decoder.decode(Answer<Data>.self, from: Data(base64)) }
                    ),
                    target: .atLeast(250),
                    runs: Self.rounds
                )
            )
            figures.append(
                Figure(
                    "writing float arrays, \(dimensions)",
                    try Self.speed(of: floats) { try Self.answer(vectors) { json, vector in try json.floats(vector) } },
                    "MB/s",
                    limit: (
                        "JSONEncoder",
                        try Self.speed(of: floats, rounds: 3) {
                            try JSONEncoder().encode(Answer(data: vectors.map { .init(embedding: $0) }))
                        }
                    ),
                    runs: Self.rounds
                )
            )
        }
        return figures
    }

    private struct Answer<Vector: Codable>: Codable {
        struct Item: Codable { var embedding: Vector }
        var data: [Item]
    }

    /// Megabytes a second of processor time, the median of some rounds. Memory and processor are warm by then.
    private static func speed<R>(of bytes: [UInt8], rounds: Int = Self.rounds, _ body: () throws -> R) rethrows -> Double {
        let begin = Measure.processorSeconds
        repeat { Measure.use(try body()) } while Measure.processorSeconds - begin < 0.2
        return Measure.median(
            try (0..<rounds).map { _ in
                let seconds = try Measure.processorSeconds { Measure.use(try body()) }
                return Double(bytes.count) / 1e6 / seconds
            }
        )
    }

    private static func answer(
        _ vectors: [[Float]],
        value: (inout JSONByteWriter, [Float]) throws -> Void
    ) rethrows -> [UInt8] {
        var json = JSONByteWriter(capacity: vectors.count * (vectors.first?.count ?? 0) * 12)
        try json.object { json in
            json.key("data")
            try json.array { json in
                for vector in vectors {
                    try json.object { json in
                        json.key("embedding")
                        try value(&json, vector)
                    }
                }
            }
        }
        return json.bytes
    }

    static func base64(_ vector: [Float]) -> String {
        vector.withUnsafeBytes { Data($0) }.base64EncodedString()
    }
}
