import Foundation

/// all-MiniLM-L6-v2 in this process: no key, no network; about 70 MB of memory on two cores, and up to 48 MB of the mapped
/// file, which processes share.
///
/// Threads: a forward pass runs on one core, and as many run side by side as there are cores. The texts of one request are divided among them, so that one caller keeps all cores busy;
/// requests of several callers take turns after each pass. Queries have threads of their own, as many again, so that a search
/// does not stand in line behind documents. No pass runs on Swift's own thread pool.
public final class OnDeviceModel: Sendable {
    /// Tokens a forward pass: from 512 on, matrix products run at full speed (1,024 and 2,048 gained 3% on a Zen 4 core), and
    /// the next caller waits no longer than an eighth of a second.
    static let passTokens = 512
    static let provider = "on-device"
    static let weightsFile = "model.safetensors"
    static let vocabularyFile = "vocab.txt"

    let tokenizer: WordPieceTokenizer
    private let documentLanes: [ForwardLane]
    private let queryLanes: [ForwardLane]

    /// Loads the model; takes about a tenth of a second, blocking.
    ///
    /// - Parameter directory: holds `model.safetensors` and `vocab.txt`, as `Scripts/model` fetches them.
    /// - Throws: kind `configuration`, naming the file, what is wrong with it, and the remedy.
    public convenience init(directory: String) throws(EmbeddingError) {
        try self.init(directory: directory, kernels: .best, lanes: ProcessInfo.processInfo.activeProcessorCount)
    }

    init(directory: String, kernels: Kernels, lanes: Int) throws(EmbeddingError) {
        let weightsPath = directory + "/" + Self.weightsFile
        let vocabularyPath = directory + "/" + Self.vocabularyFile
        let weights: MiniLMWeights
        do {
            weights = try MiniLMWeights(SafetensorsFile(Self.map(weightsPath)), kernels: kernels)
        } catch let error as SafetensorsFile.Failure {
            throw Self.damaged(weightsPath, error.reason)
        } catch let error as EmbeddingError {
            throw error
        } catch {
            throw Self.damaged(weightsPath, "\(error)")
        }
        do {
            let file = try Self.map(vocabularyPath)
            // The mapping must not end before its bytes are read.
            let vocabulary = try withExtendedLifetime(file) {
                try WordPieceVocabulary(lines: file.bytes, count: MiniLMShape.vocabulary)
            }
            self.tokenizer = WordPieceTokenizer(vocabulary: vocabulary)
        } catch let error as WordPieceVocabulary.Failure {
            throw Self.damaged(vocabularyPath, error.reason)
        } catch let error as EmbeddingError {
            throw error
        } catch {
            throw Self.damaged(vocabularyPath, "\(error)")
        }
        guard ModelProbe.passes(tokenizer: self.tokenizer, weights: weights) else {
            throw Self.damaged(weightsPath, "its weights do not give the vector that they should")
        }
        func makeLanes(_ task: EmbeddingTask) -> [ForwardLane] {
            (0..<max(1, lanes)).map {
                ForwardLane(label: "embedding.\(task).\($0)", weights: weights, capacity: Self.passTokens)
            }
        }
        self.documentLanes = makeLanes(.document)
        self.queryLanes = makeLanes(.query)
    }

    /// Embeds `texts`, each cut to its first 256 tokens.
    ///
    /// - Parameter task: says in which line the texts stand; the vectors are the same.
    /// - Returns: one vector of length 1 a text, in order, and the tokens that went through the model.
    /// - Throws: ``EmbeddingError`` of kind `invalidAnswer` where a vector is not finite, or `CancellationError`.
    @concurrent
    public func embed(_ texts: [String], as task: EmbeddingTask = .document) async throws -> EmbeddingBatch {
        var encoded: [[Int32]] = []
        encoded.reserveCapacity(texts.count)
        for text in texts {
            encoded.append(self.tokenizer.encode(text, limit: MiniLMShape.maximumTokens))
        }
        let lanes = task == .query ? self.queryLanes : self.documentLanes
        let passes = LengthPacking.passes(
            lengths: encoded.map(\.count),
            capacity: Self.passTokens,
            lanes: lanes.count,
            smallest: 64
        )
        let vectors = try await Self.run(passes, of: encoded, on: lanes)
        return EmbeddingBatch(vectors: vectors, tokens: encoded.reduce(0) { $0 + $1.count })
    }

    /// A task a lane takes one pass after the other, so that passes of several callers take turns.
    private static func run(_ passes: [[Int]], of encoded: [[Int32]], on lanes: [ForwardLane]) async throws -> [[Float]] {
        let queue = PassQueue(count: passes.count)
        return try await withThrowingTaskGroup(of: [(Int, [Float])].self) { group in
            for lane in Self.emptiest(lanes).prefix(passes.count) {
                group.addTask {
                    var vectors: [(Int, [Float])] = []
                    while let number = queue.take() {
                        try Task.checkCancellation()
                        lane.pending.add(1, ordering: .relaxed)
                        let results = await lane.run(passes[number].map { encoded[$0] })
                        lane.pending.subtract(1, ordering: .relaxed)
                        for (position, vector) in zip(passes[number], results) {
                            guard let vector else { throw Self.notFinite }
                            vectors.append((position, vector))
                        }
                    }
                    return vectors
                }
            }
            var vectors = [[Float]](repeating: [], count: encoded.count)
            for try await part in group {
                for (position, vector) in part { vectors[position] = vector }
            }
            return vectors
        }
    }

    private static func emptiest(_ lanes: [ForwardLane]) -> [ForwardLane] {
        let byLoad = lanes.map { (lane: $0, load: $0.pending.load(ordering: .relaxed)) }
        return byLoad.sorted { $0.load < $1.load }.map(\.lane)
    }

    // MARK: Errors

    private static var notFinite: EmbeddingError {
        EmbeddingError(
            .invalidAnswer,
            provider: Self.provider,
            message: "the model gave a vector that is not finite or all zero; fetch it again with Scripts/setup"
        )
    }

    private static func map(_ path: String) throws(EmbeddingError) -> MappedFile {
        do {
            return try MappedFile(path: path)
        } catch {
            throw EmbeddingError(
                .configuration,
                provider: Self.provider,
                message: "cannot open the model file \(path): \(error.reason); run Scripts/setup to fetch it"
            )
        }
    }

    private static func damaged(_ path: String, _ reason: String) -> EmbeddingError {
        EmbeddingError(
            .configuration,
            provider: Self.provider,
            message: "the model file \(path) is damaged: \(reason); delete it and run Scripts/setup to fetch it again"
        )
    }
}
