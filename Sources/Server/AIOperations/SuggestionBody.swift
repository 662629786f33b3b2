import AIOps
import PulseModel

/// The JSON of `POST /api/v1/ai/suggestions`.
struct SuggestionBody: Encodable {
    struct Strategy: Encodable {
        enum CodingKeys: String, CodingKey {
            case attempts, factor, jitter, manual, reason, resolution
            case transientProbability = "p_transient"
            case configurationProbability = "p_configuration"
            case isFromMemory = "from_memory"
        }

        var attempts: Int
        var factor: Double
        var jitter: Bool
        var manual: Bool
        var transientProbability: Double
        var configurationProbability: Double
        var isFromMemory: Bool
        var reason: String
        var resolution: String?
    }

    struct Similar: Encodable {
        var similarity: Double
        var failure: RememberedFailureBody
    }

    enum CodingKeys: String, CodingKey {
        case strategy, similar
        case comparedBy = "compared_by"
    }

    var strategy: Strategy
    var comparedBy: String
    var similar: [Similar]

    init(_ suggestion: Suggestion) {
        let strategy = suggestion.strategy
        self.strategy = Strategy(
            attempts: strategy.attempts,
            factor: strategy.factor,
            jitter: strategy.hasJitter,
            manual: strategy.isManual,
            transientProbability: Self.rounded(strategy.transient),
            configurationProbability: Self.rounded(strategy.configuration),
            isFromMemory: strategy.isFromMemory,
            reason: strategy.reason,
            resolution: strategy.resolution
        )
        self.comparedBy = suggestion.comparison.rawValue
        self.similar = suggestion.similar.map {
            Similar(similarity: Self.rounded($0.similarity), failure: RememberedFailureBody($0.failure))
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }

    static let schema = Schema.object(
        .required(
            "strategy",
            .object(
                .required("attempts", .count),
                .required("factor", .number, "Each delay is so many times the one before."),
                .required("jitter", .boolean),
                .required("manual", .boolean, "Whether a person is waited for."),
                .required("p_transient", .number, "That it passes without anybody's doing."),
                .required("p_configuration", .number, "That somebody must mend something."),
                .required("from_memory", .boolean, "Whether anything like it is remembered to have ended."),
                .required("reason", .text),
                .optional("resolution", .text, "What ended the most similar failure.")
            )
        ),
        .required("compared_by", .choice(["meaning", "words"]), "Words where the failures could not be embedded."),
        .required(
            "similar",
            .list(of: .object(.required("similarity", .number), .required("failure", RememberedFailureBody.schema))),
            "The most similar first."
        )
    ).named("Suggestion")
}
