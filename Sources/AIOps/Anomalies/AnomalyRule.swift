/// Says whether values of a metric are out of the ordinary. A pure value: it knows neither time nor a database.
///
/// What is ordinary is told by the median of the samples before (the baseline) and their median absolute deviation (MAD), which a few
/// wild samples cannot move. A value is an anomaly if it lies, in the bad direction,
/// - at least 10 % of the baseline beyond the baseline: 10, 20, 40, 70 % are low, medium, high, critical; **and**
/// - outside of the band of what the samples do anyway, ``bandWidth`` times their MAD (as a standard deviation).
///
/// By the percentage alone every restless metric would flap, by the band alone every still one: a metric that never varies has a
/// band of no width. Once open, an anomaly ends only where the value is back within half of either limit, so that one that hovers at
/// a limit does not open and close with each look.
public struct AnomalyRule: Sendable, Equatable {
    public enum Direction: Sendable {
        /// Less is worse: throughput.
        case down
        /// More is worse: latency, failures, cost.
        case up
    }

    public enum Severity: String, Sendable, CaseIterable, Comparable {
        case low, medium, high, critical

        /// Of the baseline, from which it is so grave.
        public var threshold: Double {
            switch self {
            case .low: 0.1
            case .medium: 0.2
            case .high: 0.4
            case .critical: 0.7
            }
        }

        public static func < (left: Self, right: Self) -> Bool { left.threshold < right.threshold }

        init?(deviation: Double) {
            guard let severity = Self.allCases.last(where: { deviation >= $0.threshold }) else { return nil }
            self = severity
        }
    }

    /// What a look at a metric comes to.
    public enum Judgement: Sendable, Equatable {
        /// Too few samples to say anything.
        case unknown
        case ordinary(Figures)
        case anomalous(Severity, Figures)
    }

    public struct Figures: Sendable, Equatable {
        public var value: Double
        public var baseline: Double
        public var band: Double
        /// In the bad direction, as a share of the baseline or of ``AnomalyRule/scale``; less than 0 where the value is better.
        public var deviation: Double
        public var samples: Int
    }

    public var direction: Direction
    /// Baselines below it count as so much: shares, whose baseline is often 0, are compared with 1, so that 0.1 is 10 percentage
    /// points.
    public var scale: Double
    public var minimumSamples = 30
    public var bandWidth = 3.0

    /// MAD times this is the standard deviation where the samples are spread normally.
    private static let normal = 1.4826

    public init(_ direction: Direction, scale: Double = 0) {
        self.direction = direction
        self.scale = scale
    }

    /// - Parameters:
    ///   - value: how the metric is now.
    ///   - samples: how it was before, in any order.
    ///   - isOpen: whether the anomaly is open already.
    public func judge(_ value: Double, against samples: [Double], isOpen: Bool = false) -> Judgement {
        let samples = samples.filter(\.isFinite)
        guard samples.count >= self.minimumSamples, value.isFinite else { return .unknown }
        let baseline = Self.median(samples)
        let band = self.bandWidth * Self.normal * Self.median(samples.map { abs($0 - baseline) })
        let beyond = self.direction == .up ? value - baseline : baseline - value
        let measure = max(abs(baseline), self.scale)
        // Of nothing, anything is infinitely more; but there is no telling how much that matters.
        let deviation = measure > 0 ? beyond / measure : (beyond > 0 ? 1 : 0)
        let figures = Figures(value: value, baseline: baseline, band: band, deviation: deviation, samples: samples.count)
        if let severity = Severity(deviation: deviation), beyond > band { return .anomalous(severity, figures) }
        let isBack = deviation < Severity.low.threshold / 2 || beyond <= band / 2
        return isOpen && !isBack ? .anomalous(.low, figures) : .ordinary(figures)
    }

    /// The middle value; of an even number, the mean of both. 0 of none.
    public static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        // Halved first: the sum of two great numbers may be infinite.
        return sorted.count.isMultiple(of: 2) ? sorted[middle - 1] / 2 + sorted[middle] / 2 : sorted[middle]
    }
}
