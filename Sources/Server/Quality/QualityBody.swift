import Foundation
import Store

/// The JSON of `GET /api/v1/quality`: one assessment of an integration's data.
struct QualityBody: Encodable {
    struct Rule: Encodable {
        var rule: String
        var quality: String
        var description: String
        var checked: Int
        var broken: Int
    }

    struct Finding: Encodable {
        enum CodingKeys: String, CodingKey {
            case rule, quality, table, reason
            case externalID = "external_id"
        }

        var rule: String
        var quality: String
        var table: String
        var externalID: String
        var reason: String
    }

    enum CodingKeys: String, CodingKey {
        case integration, score, completeness, consistency, accuracy, timeliness, rules, findings
        case assessedAt = "assessed_at"
    }

    var integration: String
    var assessedAt: Date
    var score: Double
    var completeness: Double
    var consistency: Double
    var accuracy: Double
    var timeliness: Double
    var rules: [Rule]
    var findings: [Finding]

    init(_ quality: DataQuality) {
        self.integration = quality.integration
        self.assessedAt = quality.assessedAt
        self.score = quality.score
        self.completeness = quality.scores[.completeness] ?? 100
        self.consistency = quality.scores[.consistency] ?? 100
        self.accuracy = quality.scores[.accuracy] ?? 100
        self.timeliness = quality.scores[.timeliness] ?? 100
        self.rules = quality.rules.map {
            Rule(
                rule: $0.name,
                quality: $0.kind.rawValue,
                description: $0.description,
                checked: $0.checked,
                broken: $0.broken
            )
        }
        self.findings = quality.findings.map {
            Finding(
                rule: $0.rule,
                quality: $0.kind.rawValue,
                table: $0.table,
                externalID: $0.externalID,
                reason: $0.reason
            )
        }
    }
}
