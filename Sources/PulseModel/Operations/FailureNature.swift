/// What a failure's kind, or its words, say of its nature before any experience.
public struct FailureNature: Sendable, Equatable {
    /// That it passes without anybody's doing.
    public var transient: Double
    /// That somebody must mend a setting, a key, a permission.
    public var configuration: Double
    /// What that is taken from.
    public var source: String

    public init(transient: Double, configuration: Double, source: String) {
        self.transient = transient
        self.configuration = configuration
        self.source = source
    }

    public static let unknown = FailureNature(transient: 0.5, configuration: 0.25, source: "nothing in it says whether it passes")

    /// Of a kind as jobs and the queue name it; where it is not known, of the words.
    public init(errorType: String?, text: String) {
        switch errorType {
        case let type? where Self.passing.contains(type):
            self.init(transient: 0.8, configuration: 0.1, source: "failures of the kind \(type) pass by themselves as a rule")
        case let type? where Self.lasting.contains(type):
            self.init(transient: 0.05, configuration: 0.9, source: "failures of the kind \(type) need somebody as a rule")
        default: self = Self.reading(text)
        }
    }

    private static let passing: Set<String> = Set(JobFailureKind.allCases.filter(\.isTransient).map(\.rawValue))
        .union(["transient", "unavailable", "unknown_outcome"])
    private static let lasting: Set<String> = Set(JobFailureKind.allCases.filter { !$0.isTransient }.map(\.rawValue))

    private static let passingWords: Set<String> = [
        "timeout", "timed", "429", "500", "502", "503", "504", "unavailable", "overloaded", "reset", "deadlock", "throttled",
        "busy", "temporarily",
    ]
    private static let lastingWords: Set<String> = [
        "401", "403", "unauthorized", "forbidden", "permission", "credentials", "denied", "expired", "invalid", "misconfigured",
    ]

    private static func reading(_ text: String) -> FailureNature {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(200).map(String.init)
        let passing = words.first { Self.passingWords.contains($0) }
        let lasting = words.first { Self.lastingWords.contains($0) }
        return switch (passing, lasting) {
        case (let word?, nil): FailureNature(transient: 0.75, configuration: 0.1, source: "its text says \u{201c}\(word)\u{201d}")
        case (nil, let word?): FailureNature(transient: 0.1, configuration: 0.75, source: "its text says \u{201c}\(word)\u{201d}")
        default: .unknown
        }
    }
}
