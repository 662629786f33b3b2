import COpenBLAS
import Dispatch

/// The matrix products of one forward pass of the model, done by OpenBLAS and nothing else: what a pass cannot be faster than,
/// unless its products are faster than OpenBLAS's.
struct Products {
    /// Tokens of a pass.
    static let rows = 512
    private static let layers = 6
    private static let width = 384

    var tokens: Int

    /// Processor time of one pass where every processor does one, as the model does: what they share, they share in both.
    func processorSeconds(lanes: Int) -> Double {
        openblas_set_num_threads(1)
        let width = Self.width
        let input = [Float](repeating: 0.5, count: Self.rows * 4 * width)
        // As many weights as the model has: they do not stay in the nearest cache from one product to the next.
        let weights = [Float](repeating: 0.25, count: Self.layers * 12 * width * width)
        let size = max(Self.rows * 4 * width, self.tokens * self.tokens)
        let out = UnsafeMutablePointer<Float>.allocate(capacity: lanes * size)
        out.initialize(repeating: 0, count: lanes * size)
        defer { out.deallocate() }
        let all = Measure.processorSeconds {
            nonisolated(unsafe) let out = out
            DispatchQueue.concurrentPerform(iterations: lanes) { self.multiplyAll(input, weights, out + $0 * size) }
        }
        Measure.use(out[0])
        return all / Double(lanes)
    }

    private func multiplyAll(_ input: [Float], _ weights: [Float], _ out: UnsafeMutablePointer<Float>) {
        let rows = Self.rows
        let width = Self.width
        for layer in 0..<Self.layers {
            weights.withUnsafeBufferPointer { all in
                let some = UnsafeBufferPointer(rebasing: all[(layer * 12 * width * width)...])
                guard let weight = some.baseAddress else { return }
                self.multiply(input, weight, out, rows, 3 * width, width)
                self.attend(input, out)
                self.multiply(input, weight + 3 * width * width, out, rows, width, width)
                self.multiply(input, weight + 4 * width * width, out, rows, 4 * width, width)
                self.multiply(input, weight + 8 * width * width, out, rows, width, 4 * width)
            }
        }
    }

    private func multiply(
        _ input: UnsafePointer<Float>,
        _ weight: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>,
        _ rows: Int,
        _ outputs: Int,
        _ inputs: Int
    ) {
        cblas_sgemm(
            CblasRowMajor,
            CblasNoTrans,
            CblasTrans,
            blasint(rows),
            blasint(outputs),
            blasint(inputs),
            1,
            input,
            blasint(inputs),
            weight,
            blasint(inputs),
            0,
            out,
            blasint(outputs)
        )
    }

    /// Scores and contexts of twelve heads for each text.
    private func attend(_ projected: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
        let count = blasint(self.tokens)
        let stride = blasint(3 * Self.width)
        for _ in 0..<(Self.rows / self.tokens * 12) {
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                count,
                count,
                32,
                0.17,
                projected,
                stride,
                projected + Self.width,
                stride,
                0,
                out,
                count
            )
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasNoTrans,
                count,
                32,
                count,
                1,
                projected,
                count,
                projected + 2 * Self.width,
                stride,
                0,
                out,
                blasint(Self.width)
            )
        }
    }
}
