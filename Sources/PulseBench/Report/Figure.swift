/// One measured figure, beside the limit measured in the same run and the target.
struct Figure: Encodable {
    /// What a figure has to come to.
    enum Target: Encodable {
        case atLeast(Double)
        case atMost(Double)
        /// The figure as a share of the limit.
        case ratioAtLeast(Double)

        func isReached(value: Double, ratio: Double?) -> Bool {
            switch self {
            case .atLeast(let target): value >= target
            case .atMost(let target): value <= target
            case .ratioAtLeast(let target): (ratio ?? 0) >= target
            }
        }

        func text(unit: String) -> String {
            switch self {
            case .atLeast(let target): "≥ \(Figure.text(target)) \(unit)"
            case .atMost(let target): "≤ \(Figure.text(target)) \(unit)"
            case .ratioAtLeast(let target): "≥ \(Int((target * 100).rounded()))% of it"
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .atLeast(let target): try container.encode(["at_least": target])
            case .atMost(let target): try container.encode(["at_most": target])
            case .ratioAtLeast(let target): try container.encode(["ratio_at_least": target])
            }
        }
    }

    var name: String
    var value: Double
    var unit: String
    /// What `limit` is: another program, another way, another size.
    var limitName: String?
    var limit: Double?
    var target: Target?
    /// How often it was measured; the figure is the median.
    var runs: Int

    init(
        _ name: String,
        _ value: Double,
        _ unit: String,
        limit: (name: String, value: Double)? = nil,
        target: Target? = nil,
        runs: Int
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.limitName = limit?.name
        self.limit = limit?.value
        self.target = target
        self.runs = runs
    }

    var ratio: Double? { self.limit.map { self.value / $0 } }
    var isReached: Bool? { self.target.map { $0.isReached(value: self.value, ratio: self.ratio) } }

    enum CodingKeys: String, CodingKey {
        case name, value, unit
        case limitName = "limit_name"
        case limit, ratio, target, reached, runs
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.name, forKey: .name)
        try container.encode(self.value, forKey: .value)
        try container.encode(self.unit, forKey: .unit)
        try container.encodeIfPresent(self.limitName, forKey: .limitName)
        try container.encodeIfPresent(self.limit, forKey: .limit)
        try container.encodeIfPresent(self.ratio, forKey: .ratio)
        try container.encodeIfPresent(self.target, forKey: .target)
        try container.encodeIfPresent(self.isReached, forKey: .reached)
        try container.encode(self.runs, forKey: .runs)
    }

    /// Three digits that matter; thousands in full.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let magnitude = abs(value)
        if magnitude >= 100 || magnitude == 0 {
            var digits = String(Int(magnitude.rounded()))
            var grouped = ""
            while digits.count > 3 {
                grouped = "," + digits.suffix(3) + grouped
                digits.removeLast(3)
            }
            return (value < 0 ? "-" : "") + digits + grouped
        }
        let places = magnitude >= 10 ? 10.0 : magnitude >= 1 ? 100 : 1_000
        return "\((value * places).rounded() / places)"
    }
}
