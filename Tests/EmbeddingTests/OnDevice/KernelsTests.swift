import CKernels
import Foundation
import Testing

@testable import Embedding

/// All ways of computing that this processor knows, against the definitions in double precision.
@Suite(.serialized) struct KernelsTests {
    private static let widths = [1, 2, 7, 8, 15, 16, 17, 31, 61, 256, 384, 1536]

    private func numbers(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
        // Any numbers do; these are spread and the same each time.
        (0..<count).map { range.lowerBound + (range.upperBound - range.lowerBound) * Float(($0 &* 7919 &+ 13) % 1009) / 1008 }
    }

    private static let sets: [String] = Kernels.all.map(\.name)

    private func table(_ name: String) throws -> ck_kernels {
        try #require(Kernels.all.first { $0.name == name }).table.pointee
    }

    @Test("This machine's best kernels are named, and the plain ones are plain")
    func names() {
        #expect(Kernels.plain.name == "plain")
        #expect(Kernels.best.name == Self.sets.last)
        #expect(ck_kernels_named("mmx") == nil)
    }

    @Test("Softmax", arguments: Self.sets)
    func softmax(name: String) throws {
        let table = try self.table(name)
        for width in Self.widths {
            let stride = width + 3
            let original = self.numbers(4 * stride, in: -60...40)
            var x = original
            table.softmax(&x, 4, width, stride)
            for row in 0..<4 {
                let input = original[row * stride..<row * stride + width].map(Double.init)
                let top = input.max() ?? 0
                let sum = input.reduce(0) { $0 + exp($1 - top) }
                for column in 0..<width {
                    #expect(abs(Double(x[row * stride + column]) - exp(input[column] - top) / sum) < 1e-6)
                }
                // What lies between the rows is not touched.
                #expect(x[row * stride + width..<(row + 1) * stride] == original[row * stride + width..<(row + 1) * stride])
            }
        }
    }

    @Test("Gelu, also far from zero", arguments: Self.sets)
    func gelu(name: String) throws {
        let table = try self.table(name)
        for width in Self.widths {
            let original = self.numbers(3 * width, in: -30...30)
            var x = original
            table.gelu(&x, 3 * width)
            for at in x.indices {
                let v = Double(original[at])
                let expected = 0.5 * v * (1 + erf(v / 2.0.squareRoot()))
                #expect(abs(Double(x[at]) - expected) < 1e-6 * max(1, abs(v)), "gelu(\(v))")
            }
        }
    }

    @Test("Products over packed weights, for every number of rows that is left over", arguments: Self.sets)
    func multiply(name: String) throws {
        let table = try self.table(name)
        for (rows, outputs, inputs) in (1...26).map({ ($0, 64, 40) }) + [(100, 96, 384), (13, 384, 1536)] {
            let x = self.numbers(rows * inputs, in: -1...1)
            let weight = self.numbers(outputs * inputs, in: -0.5...0.5)
            let bias = self.numbers(outputs, in: -2...2)
            var packed = [Float](repeating: .nan, count: outputs * inputs)
            table.pack(&packed, weight, outputs, inputs)
            #expect(packed.sorted() == weight.sorted())
            // One more than it may write.
            var out = [Float](repeating: 77, count: rows * outputs + 1)
            table.multiply(&out, x, packed, bias, rows, outputs, inputs)
            for row in 0..<rows {
                for output in 0..<outputs {
                    let expected = (0..<inputs).reduce(Double(bias[output])) { sum, input in
                        sum + Double(x[row * inputs + input]) * Double(weight[output * inputs + input])
                    }
                    #expect(abs(Double(out[row * outputs + output]) - expected) < 1e-3)
                }
            }
            #expect(out.last == 77)
        }
    }

    @Test("Attention, for texts of any length", arguments: Self.sets)
    func attention(name: String) throws {
        let table = try self.table(name)
        let (heads, width) = (3, 32)
        for tokens in [1, 2, 7, 12, 13, 31, 32, 33, 100, 256] {
            let projected = self.numbers(tokens * 3 * heads * width, in: -1...1)
            let stride = (tokens + 31) / 32 * 32
            var scratch = [Float](repeating: .nan, count: (tokens + width) * stride)
            var context = [Float](repeating: 77, count: tokens * heads * width + 1)
            table.attend(&context, projected, &scratch, tokens, heads, width)
            func part(_ number: Int, _ token: Int, _ head: Int, _ at: Int) -> Double {
                Double(projected[(token * 3 + number) * heads * width + head * width + at])
            }
            // The last token of each head stands for all.
            for head in 0..<heads {
                let scores = (0..<tokens).map { other in
                    (0..<width).reduce(0) { $0 + part(0, tokens - 1, head, $1) * part(1, other, head, $1) }
                        / Double(width).squareRoot()
                }
                let sum = scores.reduce(0) { $0 + exp($1) }
                for at in 0..<width {
                    let expected = (0..<tokens).reduce(0) { $0 + exp(scores[$1]) / sum * part(2, $1, head, at) }
                    #expect(abs(Double(context[(tokens - 1) * heads * width + head * width + at]) - expected) < 1e-5)
                }
            }
            #expect(context.last == 77)
        }
    }

    @Test("Layer norm of a sum, with and without residual", arguments: Self.sets)
    func layerNorm(name: String) throws {
        let table = try self.table(name)
        for width in Self.widths where width > 1 {
            let original = self.numbers(3 * width, in: -4...9)
            let residual = self.numbers(3 * width, in: 0...2)
            let gamma = self.numbers(width, in: 0.5...2)
            let beta = self.numbers(width, in: -1...0)
            for full in [false, true] {
                var x = original
                table.layer_norm(&x, full ? residual : nil, gamma, beta, 3, width, 1e-12)
                for row in 0..<3 {
                    let sums = (0..<width).map { column in
                        Double(original[row * width + column]) + (full ? Double(residual[row * width + column]) : 0)
                    }
                    let mean = sums.reduce(0, +) / Double(width)
                    let deviation = (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width) + 1e-12).squareRoot()
                    for column in 0..<width {
                        let expected = (sums[column] - mean) / deviation * Double(gamma[column]) + Double(beta[column])
                        #expect(abs(Double(x[row * width + column]) - expected) < 2e-5)
                    }
                }
            }
        }
    }

    @Test("Embedding, and the normalized mean; zeros stay zeros", arguments: Self.sets)
    func simple(name: String) throws {
        let table = try self.table(name)
        for width in Self.widths {
            let words = self.numbers(5 * width, in: -1...1)
            let positions = self.numbers(3 * width, in: -2...2)
            let kind = self.numbers(width, in: 3...4)
            var x = [Float](repeating: 0, count: 3 * width)
            table.embed(&x, [4, 0, 2], 3, width, words, positions, kind)
            for (row, id) in [4, 0, 2].enumerated() {
                for column in 0..<width {
                    let expected = words[id * width + column] + positions[row * width + column] + kind[column]
                    #expect(abs(x[row * width + column] - expected) < 1e-6)
                }
            }
            var mean = [Float](repeating: 0, count: width)
            let length = table.mean_normalize(&mean, x, 3, width)
            let sums = (0..<width).map { c in (0..<3).reduce(0.0) { $0 + Double(x[$1 * width + c]) } / 3 }
            let expected = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(Double(length) - expected) < 1e-4 * expected)
            #expect(zip(mean, sums).allSatisfy { abs(Double($0) - $1 / expected) < 1e-5 })
            #expect(table.mean_normalize(&mean, [Float](repeating: 0, count: 2 * width), 2, width) == 0)
            #expect(mean.allSatisfy { $0 == 0 })
        }
    }
}
