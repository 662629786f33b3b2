import Foundation
import Testing

@testable import Embedding

@Suite struct DamagedModelTests {
    private func withDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }

    private func expectRefusal(_ directory: URL, naming words: [String]) {
        do {
            _ = try OnDeviceModel(directory: directory.path)
            Issue.record("the model was loaded")
        } catch {
            #expect(error.kind == .configuration)
            #expect(!error.message.contains("\n"))
            for word in words + [directory.path, "Scripts/setup"] {
                #expect(error.message.contains(word), "\(error.message)")
            }
        }
    }

    @Test("A model that is not there is refused with its path and the remedy")
    func missing() throws {
        try self.withDirectory { directory in
            self.expectRefusal(directory.appending(path: "nowhere"), naming: ["model.safetensors", "No such file"])
            self.expectRefusal(directory, naming: ["model.safetensors", "No such file"])
            try FileManager.default.createDirectory(
                at: directory.appending(path: "model.safetensors"),
                withIntermediateDirectories: false
            )
            self.expectRefusal(directory, naming: ["model.safetensors", "not a file"])
        }
    }

    private static func header(_ json: String) -> Data {
        withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Data($0) } + Data(json.utf8)
    }

    private static let examples: [(Data, String)] = [
        (Data(), "empty"), (Data([1, 2, 3]), "too short"), (Data(repeating: 255, count: 64), "not safetensors"),
        (Data("<html>not found</html>".utf8), "not safetensors"),
        (Self.header("[]"), "header"), (Self.header("{}"), "missing"),
        (Self.header(#"{"a":{"dtype":"F32","shape":[1]}}"#), "header"),
        (Self.header(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#), "cut off"),
        (Self.header(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#), "cut off"),
        (Self.header(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#), "cut off"),
        (
            Self.header(#"{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#)
                + Data(count: 4), "shape"
        ),
    ]

    @Test("Bytes that are no model are refused with what is wrong", arguments: Self.examples)
    func damaged(bytes: Data, word: String) throws {
        try self.withDirectory { directory in
            try bytes.write(to: directory.appending(path: "model.safetensors"))
            self.expectRefusal(directory, naming: ["model.safetensors", word])
        }
    }

    // Needs the model: PULSE_MODEL_DIR, which Scripts/test always sets.
    @Test("A model cut short, with other numbers or another vocabulary is refused", .enabled(if: ModelFiles.directory != nil))
    func altered() throws {
        let source = URL(filePath: try #require(ModelFiles.directory))
        let weights = try Data(contentsOf: source.appending(path: "model.safetensors"))
        let vocabulary = try Data(contentsOf: source.appending(path: "vocab.txt"))
        try self.withDirectory { directory in
            let weightsFile = directory.appending(path: "model.safetensors")
            let vocabularyFile = directory.appending(path: "vocab.txt")
            try vocabulary.write(to: vocabularyFile)
            try weights.prefix(weights.count - 1_000_000).write(to: weightsFile)
            self.expectRefusal(directory, naming: ["model.safetensors", "cut off"])

            // A megabyte of zeros in the last layer: the shapes are right, the numbers are not.
            var other = weights
            other.replaceSubrange(86_000_000..<87_000_000, with: Data(count: 1_000_000))
            try other.write(to: weightsFile)
            self.expectRefusal(directory, naming: ["model.safetensors", "do not give the vector"])

            try weights.write(to: weightsFile)
            try vocabulary.prefix(vocabulary.count / 2).write(to: vocabularyFile)
            self.expectRefusal(directory, naming: ["vocab.txt", "pieces"])
            try Data(vocabulary.reversed()).write(to: vocabularyFile)
            self.expectRefusal(directory, naming: ["vocab.txt", "[UNK]"])
            try FileManager.default.removeItem(at: vocabularyFile)
            self.expectRefusal(directory, naming: ["vocab.txt", "No such file"])
        }
    }
}
