import Foundation

/// How a failure is best met, as its kind and the memory of what followed from its like suggest.
public struct RecoveryStrategy: Sendable, Equatable {
    /// Of one failure, before a person is waited for or the pace becomes slow.
    public var attempts: Int
    /// By which each delay is longer than the one before.
    public var factor: Double
    public var hasJitter: Bool
    /// Whether a person is waited for.
    public var isManual: Bool
    /// That it passes without anybody's doing, 0 to 1.
    public var transient: Double
    /// That somebody must mend something, 0 to 1.
    public var configuration: Double
    /// Why, for a person.
    public var reason: String
    /// Whether anything was remembered, or only the failure's kind speaks.
    public var isFromMemory: Bool
    /// What ended the most similar failure that has ended.
    public var resolution: String?

    /// Evidence of a lesser likeness says nothing.
    public static let leastSimilarity = 0.7
    /// What a kind says counts as much as so many endings.
    private static let priorWeight = 2.0
    /// So many endings of one failure count at most: what was true a year ago may no longer be.
    private static let mostEndings = 10.0

    /// Decides from what is known.
    ///
    /// Each ending of a failure is a vote, weighted by the square of its likeness, on top of what the kind says by itself.
    public init(nature: FailureNature, evidence: [FailureEvidence]) {
        let telling = evidence.filter { $0.similarity >= Self.leastSimilarity && $0.endings > 0 }
            .sorted { ($1.similarity, $0.fingerprint) < ($0.similarity, $1.fingerprint) }
        var (passed, mended) = (0.0, 0.0)
        for failure in telling {
            let endings = Double(failure.endings)
            let weight = failure.similarity * failure.similarity * min(1, Self.mostEndings / endings)
            passed += weight * Double(failure.selfHealed)
            mended += weight * Double(failure.healedByHand)
        }
        let total = Self.priorWeight + passed + mended
        self.transient = (nature.transient * Self.priorWeight + passed) / total
        self.configuration = (nature.configuration * Self.priorWeight + mended) / total
        self.isFromMemory = !telling.isEmpty
        self.resolution = telling.first?.resolution
        if self.transient > 0.8 {
            (self.attempts, self.factor, self.hasJitter, self.isManual) = (5, 2, true, false)
        } else if self.configuration > 0.7 {
            (self.attempts, self.factor, self.hasJitter, self.isManual) = (1, 1, false, true)
        } else {
            (self.attempts, self.factor, self.hasJitter, self.isManual) = (3, 1.5, false, false)
        }
        self.reason = Self.reason(nature: nature, telling: telling)
        self.reason += "; P(transient) \(Self.share(self.transient)), P(configuration) \(Self.share(self.configuration)): "
        self.reason +=
            self.isManual
            ? "1 attempt, then a person is waited for"
            : "\(self.attempts) attempts, each delay \(self.factor.formatted(.number.locale(Self.locale))) times the one before"
                + (self.hasJitter ? ", with jitter" : "")
    }

    private static func reason(nature: FailureNature, telling: [FailureEvidence]) -> String {
        guard let first = telling.first else { return "nothing like it is remembered; \(nature.source)" }
        let passed = telling.reduce(0) { $0 + $1.selfHealed }
        let mended = telling.reduce(0) { $0 + $1.healedByHand }
        let which = first.similarity >= 1 && telling.count == 1 ? "this failure" : "failures like it"
        var text = "\(which) passed without anybody's doing \(passed) of \(passed + mended) times"
        if let seconds = first.resolvedAfter { text += ", the last time after \(Self.time(seconds))" }
        if let resolution = first.resolution { text += " (\(resolution))" }
        return text
    }

    private static let locale = Locale(identifier: "en_US_POSIX")

    private static func share(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(2)).locale(Self.locale))
    }

    static func time(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(Int(seconds.rounded())) s"
        case ..<7_200: "\(Int((seconds / 60).rounded())) min"
        default: "\(Int((seconds / 3_600).rounded())) h"
        }
    }
}
