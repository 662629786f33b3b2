import AIOps
import Foundation
import TestSupport
import Testing

@Suite("The anomaly rule")
struct AnomalyRuleTests {
    private let latency = AnomalyRule(.up)
    private let throughput = AnomalyRule(.down)

    /// Samples around `level`, spread evenly up to `spread` to both sides.
    private func samples(_ count: Int = 60, level: Double = 100, spread: Double = 1) -> [Double] {
        (0..<count).map { level + spread * (2 * Double($0) / Double(count - 1) - 1) }
    }

    private func severity(_ judgement: AnomalyRule.Judgement) -> AnomalyRule.Severity? {
        if case .anomalous(let severity, _) = judgement { severity } else { nil }
    }

    @Test("10, 20, 40 and 70 % beyond the baseline are low, medium, high, critical")
    func severities() {
        let samples = self.samples()
        let expected: [(Double, AnomalyRule.Severity?)] = [
            (100, nil), (109, nil), (111, .low), (119, .low), (121, .medium), (139, .medium), (141, .high), (169, .high),
            (171, .critical), (10_000, .critical),
        ]
        for (value, severity) in expected {
            #expect(self.severity(self.latency.judge(value, against: samples)) == severity, "\(value)")
        }
        for (value, severity) in expected where value < 200 {
            #expect(self.severity(self.throughput.judge(200 - value, against: samples)) == severity, "\(200 - value)")
        }
    }

    @Test("What is better than usual is no anomaly, however far")
    func direction() {
        #expect(self.severity(self.latency.judge(1, against: self.samples())) == nil)
        #expect(self.severity(self.throughput.judge(10_000, against: self.samples())) == nil)
    }

    @Test("29 samples say nothing, 30 do")
    func enough() {
        #expect(self.latency.judge(1_000, against: self.samples(29)) == .unknown)
        #expect(self.severity(self.latency.judge(1_000, against: self.samples(30))) == .critical)
        let broken = self.samples(29) + [.nan, .infinity]
        #expect(self.latency.judge(1_000, against: broken) == .unknown)
        #expect(self.latency.judge(.nan, against: self.samples()) == .unknown)
    }

    @Test("A restless metric is out of the ordinary only beyond its own band")
    func band() {
        // Half of the samples lie 50 beyond the median or more: MAD 50, band 222.
        let restless = self.samples(101, level: 200, spread: 100)
        #expect(self.severity(self.latency.judge(300, against: restless)) == nil)
        #expect(self.severity(self.latency.judge(420, against: restless)) == nil)
        #expect(self.severity(self.latency.judge(430, against: restless)) == .critical)
    }

    @Test("A metric that never varies raises no alarm, for it or for a little more")
    func constant() {
        for value in [0.0, 0.001, 7, 1e9] {
            let samples = [Double](repeating: value, count: 40)
            #expect(self.severity(self.latency.judge(value, against: samples)) == nil)
            #expect(self.severity(self.throughput.judge(value, against: samples)) == nil)
            if value > 0 {
                #expect(self.severity(self.latency.judge(value * 1.05, against: samples)) == nil)
                #expect(self.severity(self.latency.judge(value * 1.5, against: samples)) == .high)
            }
        }
    }

    @Test("A fifth of the samples may be wild without moving the baseline beyond a tenth")
    func robust() {
        let samples = self.samples(80) + [Double](repeating: 1e6, count: 20)
        #expect(self.severity(self.latency.judge(100, against: samples)) == nil)
        #expect(self.severity(self.latency.judge(150, against: samples)) == .high)
    }

    @Test("Shares are compared in percentage points, though none is usual")
    func shares() {
        let rule = AnomalyRule(.up, scale: 1)
        let none = [Double](repeating: 0, count: 50)
        #expect(self.severity(rule.judge(0.05, against: none)) == nil)
        #expect(self.severity(rule.judge(0.15, against: none)) == .low)
        #expect(self.severity(rule.judge(0.75, against: none)) == .critical)
    }

    @Test("An open anomaly hovers without ending; it ends well within the limits, and does not begin again there")
    func hysteresis() {
        let samples = self.samples()
        #expect(self.severity(self.latency.judge(109, against: samples, isOpen: false)) == nil)
        #expect(self.severity(self.latency.judge(109, against: samples, isOpen: true)) == .low)
        #expect(self.severity(self.latency.judge(106, against: samples, isOpen: true)) == .low)
        #expect(self.severity(self.latency.judge(104, against: samples, isOpen: true)) == nil)
        // Whatever value closes an anomaly would not have opened it.
        for value in stride(from: 50.0, through: 250, by: 0.5) {
            guard self.severity(self.latency.judge(value, against: samples, isOpen: true)) == nil else { continue }
            #expect(self.severity(self.latency.judge(value, against: samples, isOpen: false)) == nil, "\(value)")
        }
    }

    @Test("The order of the samples does not matter, nor the unit that all is measured in", arguments: 0..<40)
    func properties(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let level = Double.random(in: 1...1_000, using: &random)
        let spread = Double.random(in: 0...0.5, using: &random)
        let samples = (0..<Int.random(in: 30...200, using: &random)).map { _ in
            level * Double.random(in: (1 - spread)...(1 + spread), using: &random)
        }
        let value = level * Double.random(in: 0.1...3, using: &random)
        let isOpen = Bool.random(using: &random)
        for rule in [self.latency, self.throughput] {
            let judgement = rule.judge(value, against: samples, isOpen: isOpen)
            #expect(rule.judge(value, against: samples.shuffled(using: &random), isOpen: isOpen) == judgement)
            // Powers of two leave the digits of a number as they are.
            let scale = pow(2, Double(Int.random(in: -20...20, using: &random)))
            let scaled = rule.judge(value * scale, against: samples.map { $0 * scale }, isOpen: isOpen)
            #expect(self.severity(scaled) == self.severity(judgement))
        }
        // Worse is never judged less grave.
        let worse = value * Double.random(in: 1...2, using: &random)
        let before = self.severity(self.latency.judge(value, against: samples))
        let after = self.severity(self.latency.judge(worse, against: samples))
        #expect((after?.threshold ?? 0) >= (before?.threshold ?? 0))
    }
}
