import CKernels
import Foundation
import Testing

@testable import Embedding

/// Both ways of computing, against the definitions in double precision.
@Suite(.serialized) struct KernelsTests {
    private static let widths = [1, 2, 7, 8, 15, 16, 17, 31, 61, 256, 384, 1536]

    private func numbers(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
        // Any numbers do; these are spread and the same each time.
        (0..<count).map { range.lowerBound + (range.upperBound - range.lowerBound) * Float(($0 &* 7919 &+ 13) % 1009) / 1008 }
    }

    private func table(_ plain: Bool) -> ck_kernels {
        (plain ? Kernels.plain : .best).table.pointee
    }

    @Test("This machine's best kernels are named, and the plain ones are plain")
    func names() {
        #expect(Kernels.plain.name == "plain")
        #expect(["plain", "avx2"].contains(Kernels.best.name))
    }

    @Test("Softmax", arguments: [false, true])
    func softmax(plain: Bool) {
        for width in Self.widths {
            let stride = width + 3
            let original = self.numbers(4 * stride, in: -60...40)
            var x = original
            self.table(plain).softmax(&x, 4, width, stride)
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

    @Test("Gelu after the bias, also far from zero", arguments: [false, true])
    func gelu(plain: Bool) {
        for width in Self.widths {
            let original = self.numbers(3 * width, in: -30...30)
            let bias = self.numbers(width, in: -0.5...0.5)
            var x = original
            self.table(plain).bias_gelu(&x, bias, 3, width)
            for at in x.indices {
                let v = Double(original[at]) + Double(bias[at % width])
                let expected = 0.5 * v * (1 + erf(v / 2.0.squareRoot()))
                #expect(abs(Double(x[at]) - expected) < 1e-6 * max(1, abs(v)), "gelu(\(v))")
            }
        }
    }

    @Test("Layer norm of a sum, with and without bias and residual", arguments: [false, true])
    func layerNorm(plain: Bool) {
        for width in Self.widths where width > 1 {
            let original = self.numbers(3 * width, in: -4...9)
            let residual = self.numbers(3 * width, in: 0...2)
            let bias = self.numbers(width, in: -1...1)
            let gamma = self.numbers(width, in: 0.5...2)
            let beta = self.numbers(width, in: -1...0)
            for full in [false, true] {
                var x = original
                self.table(plain).layer_norm(&x, full ? bias : nil, full ? residual : nil, gamma, beta, 3, width, 1e-12)
                for row in 0..<3 {
                    let sums = (0..<width).map { column in
                        Double(original[row * width + column])
                            + (full ? Double(bias[column]) + Double(residual[row * width + column]) : 0)
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

    @Test("Embedding, bias, and the normalized mean; zeros stay zeros", arguments: [false, true])
    func simple(plain: Bool) {
        let table = self.table(plain)
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
            let before = x
            table.add_bias(&x, kind, 3, width)
            #expect(zip(x, before).enumerated().allSatisfy { abs($1.0 - $1.1 - kind[$0 % width]) < 1e-5 })

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
