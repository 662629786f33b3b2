import Foundation

@testable import Embedding

/// The model that tests run, and what its original implementation gives.
enum ModelFiles {
    /// Where `Scripts/model` put the model; tests that need it are disabled where this is nil. `Scripts/test` sets it.
    static let directory = ProcessInfo.processInfo.environment["PULSE_MODEL_DIR"]

    private static let best = Result { () throws in try OnDeviceModel(directory: directory ?? "") }
    private static let plain = Result { () throws in
        try OnDeviceModel(directory: directory ?? "", kernels: .plain, lanes: 2)
    }

    /// The model as everyone uses it, or with the elementwise functions for old processors.
    static func model(plain: Bool) throws -> OnDeviceModel {
        try (plain ? self.plain : self.best).get()
    }

    struct Reference: Decodable {
        struct Entry: Decodable, Sendable {
            var text: String
            /// Tokens of the whole text.
            var count: Int
            /// Of its first 256.
            var ids: [Int32]
            var vector: [Float]
        }

        var entries: [Entry]
    }

    /// Written by `Scripts/lib/model-reference`.
    static func reference() throws -> [Reference.Entry] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/minilm-reference.json")
        return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file)).entries
    }

    static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        guard a.count == b.count else { return .nan }
        var dot = 0.0
        var aa = 0.0
        var bb = 0.0
        for (x, y) in zip(a, b) {
            dot += Double(x) * Double(y)
            aa += Double(x) * Double(x)
            bb += Double(y) * Double(y)
        }
        return dot / (aa * bb).squareRoot()
    }
}
