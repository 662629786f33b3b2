import Foundation
import PulseModel
import TestSupport
import Testing

@Suite("Thinning of measurements")
struct MeasurementThinningTests {
    private func thin(_ measurements: [PerformanceMeasurement], seed: UInt64 = 1) -> [PerformanceMeasurement] {
        var random = SeededRandom(seed: seed)
        return MeasurementThinning.thin(measurements, using: &random)
    }

    @Test("Counters keep their exact sum in one measurement a series")
    func counters() {
        let all = (1...100).map {
            PerformanceMeasurement(
                .embeddingTokens,
                Double($0),
                service: "a",
                labels: ["provider": $0.isMultiple(of: 2) ? "x" : "y"]
            )
        }
        let thinned = self.thin(all)
        #expect(thinned.count == 2)
        #expect(thinned.first { $0.labels["provider"] == "x" }?.value == 2_550)
        #expect(thinned.first { $0.labels["provider"] == "y" }?.value == 2_500)
    }

    @Test("Few measurements stay as they are")
    func few() {
        let all = (0..<MeasurementThinning.samples).map { PerformanceMeasurement(.searchLatency, Double($0), service: "a") }
        #expect(self.thin(all) == all)
    }

    @Test("What is left of many is a fair choice of them: its mean is theirs")
    func fair() {
        let all = (0..<1_000).map { PerformanceMeasurement(.searchLatency, Double($0), service: "a") }
        var sum = 0.0
        let rounds = 2_000
        for round in 0..<rounds {
            let thinned = self.thin(all, seed: UInt64(round))
            #expect(thinned.count == MeasurementThinning.samples)
            #expect(Set(thinned.map(\.value)).count == MeasurementThinning.samples)
            sum += thinned.reduce(0) { $0 + $1.value }
        }
        // The mean of 8,000 draws from 0...999 has a standard deviation of 3.2.
        #expect(abs(sum / Double(rounds * MeasurementThinning.samples) - 499.5) < 16)
    }

    @Test("Runs and labels are not mixed")
    func series() {
        let runs = [UUID(), UUID()]
        let all = runs.flatMap { run in
            ["1", "33+"].flatMap { size in
                (0..<20).map {
                    PerformanceMeasurement(.qdrantLatency, Double($0), service: "a", run: run, labels: ["size": size])
                }
            }
        }
        #expect(self.thin(all).count == 4 * MeasurementThinning.samples)
    }
}
