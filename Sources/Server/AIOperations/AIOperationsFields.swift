/// The body of `POST /api/v1/ai/anomalies/{anomaly_id}/acknowledge`.
struct AcknowledgeFields: Decodable, Sendable {
    var note: String?
}

/// The body of `POST /api/v1/ai/suggestions`.
struct SuggestionFields: Decodable, Sendable {
    enum CodingKeys: String, CodingKey {
        case error, service, limit
        case errorType = "error_type"
    }

    var error: String
    var errorType: String?
    var service: String?
    var limit: Int?
}

/// Labels as the query writes them: `provider:on-device`.
enum MetricLabels {
    static func read(_ text: String) -> (name: String, value: String)? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, (1...40).contains(parts[0].utf8.count), (1...100).contains(parts[1].unicodeScalars.count),
            !parts[1].utf8.contains(0),
            parts[0].utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        return (parts[0], parts[1])
    }

    /// - Throws: where a name is given more than once: no measurement has two values of one label.
    static func all(_ texts: [String]) throws(Problem) -> [String: String] {
        var labels: [String: String] = [:]
        for label in texts.compactMap(Self.read) where labels.updateValue(label.value, forKey: label.name) != nil {
            throw Problem.unprocessable(
                "label",
                "\(label.name) is given more than once",
                allowed: "give each label's name once"
            )
        }
        return labels
    }
}

/// Lengths of buckets that a person likes to read.
enum MetricBuckets {
    private static let lengths = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800]

    /// Seconds, so that a time of `seconds` has about 60 buckets.
    static func seconds(for seconds: Double) -> Int {
        Self.lengths.first { seconds / Double($0) <= 75 } ?? Int((seconds / 60).rounded(.up))
    }
}
