import Synchronization

/// The double of ``EmbeddingProvider`` for tests: the vector of a text is its bag of words, hashed and scaled to length 1, so that
/// texts that share words are near each other, always and everywhere.
public final class ScriptedProvider: EmbeddingProvider {
    /// One call of ``embed(_:as:)``.
    public struct Call: Sendable, Equatable {
        /// From 1.
        public var number: Int
        public var texts: [String]
        public var task: EmbeddingTask
    }

    public let id: String
    public let space: VectorSpace
    public let limits: EmbeddingLimits
    public let tokenCounter: any TokenCounting

    private let before: @Sendable (Call) async throws -> Void
    private let counts = Mutex((calls: 0, texts: 0))

    /// - Parameter before: runs before each call is answered; throw there to fail it, sleep there to delay it.
    public init(
        id: String = "scripted",
        dimensions: Int = 64,
        limits: EmbeddingLimits = EmbeddingLimits(items: 32, tokensPerItem: 256),
        tokenCounter: any TokenCounting = EstimatedTokenCounter(),
        before: @escaping @Sendable (Call) async throws -> Void = { _ in }
    ) {
        self.id = id
        self.space = VectorSpace(name: "\(id)-\(dimensions)", dimensions: dimensions)
        self.limits = limits
        self.tokenCounter = tokenCounter
        self.before = before
    }

    /// Calls so far, failed ones included.
    public var calls: Int { self.counts.withLock { $0.calls } }
    /// Texts embedded so far, by calls that succeeded.
    public var embeddedTexts: Int { self.counts.withLock { $0.texts } }

    public func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
        let number = self.counts.withLock { counts in
            counts.calls += 1
            return counts.calls
        }
        try await self.before(Call(number: number, texts: texts, task: task))
        self.counts.withLock { $0.texts += texts.count }
        return EmbeddingBatch(
            vectors: texts.map { Self.vector(of: $0, dimensions: self.space.dimensions) },
            tokens: texts.reduce(0) { $0 + self.tokenCounter.count($1) }
        )
    }

    /// The vector that a text has, in every process and on every machine.
    public static func vector(of text: String, dimensions: Int) -> [Float] {
        var vector = [Float](repeating: 0, count: dimensions)
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
        for word in words {
            let hash = self.hash(word.utf8)
            vector[Int(hash % UInt64(dimensions))] += hash >> 63 == 0 ? 1 : -1
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else {
            // Texts without words, or whose words cancel each other out.
            vector[Int(self.hash(text.utf8) % UInt64(dimensions))] = 1
            return vector
        }
        return vector.map { $0 / length }
    }

    /// FNV-1a with a final mix, 64 bits.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ (hash >> 33)
    }
}
