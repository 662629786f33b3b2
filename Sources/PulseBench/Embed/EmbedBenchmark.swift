import COpenBLAS
import Embedding
import Foundation
import Glibc

/// The on-device model beside the matrix products that it cannot do without.
struct EmbedBenchmark {
    private static let rounds = 5

    func run() async throws -> [Figure] {
        let base = Self.residentKilobytes
        let directory = ProcessInfo.processInfo.environment["PULSE_MODEL_DIR"] ?? ".pulse/model"
        let model = try OnDeviceModel(directory: directory)
        let lanes = ProcessInfo.processInfo.activeProcessorCount
        var samples = Samples()
        var figures: [Figure] = []
        for tokens in [64, 256] {
            let texts = try await Self.texts(of: tokens, count: 4_096 / tokens, model: model, samples: &samples)
            // Interleaved, so that what the machine does meanwhile falls on both alike.
            var own: [Double] = []
            var products: [Double] = []
            for _ in 0..<Self.rounds {
                own.append(Double(texts.count) / (try await Self.processorSeconds { _ = try await model.embed(texts) }))
                let passes = Double(texts.count * tokens) / Double(Products.rows)
                products.append(Double(texts.count) / (Products(tokens: tokens).processorSeconds(lanes: lanes) * passes))
            }
            figures.append(
                Figure(
                    "documents of \(tokens) tokens",
                    Measure.median(own),
                    "a CPU second",
                    limit: ("sgemm, the same shapes and threads", Measure.median(products)),
                    target: .ratioAtLeast(0.85),
                    runs: Self.rounds
                )
            )
        }
        for tokens in [8, 12] {
            let text = try await Self.texts(of: tokens, count: 1, model: model, samples: &samples)
            let times = try await Self.times(60) { _ = try await model.embed(text, as: .query) }
            figures.append(
                Figure(
                    "a query of \(tokens) tokens",
                    Measure.median(times) * 1e3,
                    "ms CPU",
                    target: .atMost(8),
                    runs: times.count
                )
            )
        }
        figures.append(
            Figure("memory over the base", Double(Self.residentKilobytes - base) / 1e3, "MB", target: .atMost(150), runs: 1)
        )
        return figures
    }

    /// Texts that the model's own tokenizer cuts into so many tokens.
    private static func texts(
        of tokens: Int,
        count: Int,
        model: OnDeviceModel,
        samples: inout Samples
    ) async throws -> [String] {
        let counter = OnDeviceProvider(model: model).tokenCounter
        return (0..<count).map { _ in
            var words = samples.text(words: tokens).split(separator: " ")
            while counter.count(words.joined(separator: " ")) > tokens { words.removeLast() }
            return words.joined(separator: " ")
        }
    }

    private static func processorSeconds(_ body: () async throws -> Void) async rethrows -> Double {
        let before = Measure.processorSeconds
        try await body()
        return Measure.processorSeconds - before
    }

    private static func times(_ count: Int, _ body: () async throws -> Void) async rethrows -> [Double] {
        var times: [Double] = []
        for _ in 0..<count { times.append(try await Self.processorSeconds(body)) }
        return times
    }

    private static var residentKilobytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE))) / 1_000
    }
}
