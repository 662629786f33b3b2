import Foundation

/// Finds out whether two providers that declare the same vector space give the same vectors.
///
/// While a provider works, its vectors of a few fixed texts are remembered; another may stand in for it when its own vectors of
/// these texts are the same, within ``likeness``.
public actor SpaceProbe {
    /// The least cosine between two providers' vectors of the same text.
    public static let likeness: Float = 0.999
    /// How long a comparison holds, and how long a provider's own vectors are not asked for again.
    public static let lifetime: Duration = .seconds(3600)
    static let referenceLifetime = 86_400.0

    /// Everyday words, identifiers, code, another script, and a text of several sentences: what models and their tokenizers differ in.
    static let documents = [
        "Customers were charged twice after a time-out.",
        "PAY-142: retry payments with an idempotency key",
        "func retry(_ attempt: Int) throws -> Result { try send(request) }",
        "Zahlungen werden nach einer Zeitüberschreitung nicht wiederholt. 支付超时后不会重试。",
        "The build fails on Linux. It passes on macOS, where the file system ignores case. Rename the folder, then run it again.",
    ]
    static let queries = ["why are payments retried twice"]

    private let memory: any ProbeMemory
    private let clock = ContinuousClock()
    private var verdicts: [String: (agrees: Bool, until: ContinuousClock.Instant)] = [:]
    private var noted: Set<String> = []

    public init(memory: any ProbeMemory = LocalProbeMemory()) {
        self.memory = memory
    }

    /// A provider has just worked: its vectors of the fixed texts are remembered, where they are not yet.
    func note(_ provider: any EmbeddingProvider) async {
        let key = Self.key(provider)
        guard self.noted.insert(key).inserted else { return }
        do {
            if let known = try await self.memory.recall(key), known.at.timeIntervalSinceNow > -Self.referenceLifetime { return }
            try await self.memory.remember(ProbeRecord(vectors: try await Self.vectors(of: provider), at: Date()), for: key)
        } catch {
            // The next answer tries again; until then an older record holds.
            self.noted.remove(key)
        }
    }

    /// Whether `other` may stand in for `provider`, which need not answer now.
    ///
    /// - Returns: nil where it may; else why not.
    func objection(to other: any EmbeddingProvider, for provider: any EmbeddingProvider) async -> String? {
        guard other.space == provider.space else {
            return "\(other.id) has the space \(other.space.name), not \(provider.space.name)"
        }
        let key = Self.key(provider) + " " + Self.key(other)
        if let verdict = self.verdicts[key], self.clock.now < verdict.until {
            return verdict.agrees ? nil : "the vectors of \(other.id) are not those of \(provider.id)"
        }
        do {
            guard let reference = try await self.memory.recall(Self.key(provider)) else {
                return "\(provider.id) has not worked yet, so that nothing tells whether the vectors of \(other.id) are the same"
            }
            let vectors = try await Self.vectors(of: other)
            let least = zip(reference.vectors, vectors).map(Self.cosine).min() ?? 0
            let agrees = reference.vectors.count == vectors.count && least >= Self.likeness
            self.verdicts[key] = (agrees, self.clock.now + Self.lifetime)
            return agrees ? nil : "the vectors of \(other.id) are not those of \(provider.id): a cosine of \(least)"
        } catch {
            // Beside the other's failure it is told to whoever looks at the tenant.
            return (error as? EmbeddingError)?.publicDescription ?? "\(other.id) cannot be compared with \(provider.id) now"
        }
    }

    private static func key(_ provider: any EmbeddingProvider) -> String { "\(provider.id)@\(provider.space.name)" }

    private static func vectors(of provider: any EmbeddingProvider) async throws -> [[Float]] {
        var vectors: [[Float]] = []
        for (texts, task) in [(Self.documents, EmbeddingTask.document), (Self.queries, .query)] {
            for batch in BatchPacker(limits: provider.limits).pack(texts, counter: provider.tokenCounter) {
                vectors += try await provider.embed(Array(texts[batch.indices]), as: task).vectors
            }
        }
        return vectors
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count else { return 0 }
        var (dot, first, second) = (Float(0), Float(0), Float(0))
        for (x, y) in zip(a, b) {
            dot += x * y
            first += x * x
            second += y * y
        }
        let length = (first * second).squareRoot()
        return length > 0 ? dot / length : 0
    }
}
