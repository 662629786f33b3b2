import CKernels
import COpenBLAS

/// Runs the model over texts that lie one behind the other, without padding; owns the memory that it needs for that.
///
/// One thread at a time; what is shared, the weights, is only read.
final class ForwardPass {
    private typealias Shape = MiniLMShape

    /// Tokens that fit, over all texts of one run.
    let capacity: Int
    private let weights: MiniLMWeights
    private let kernels: Kernels
    private let memory: UnsafeMutableBufferPointer<Float>

    /// Memory: about 15 kB a token, taken when it is first used.
    init(weights: MiniLMWeights, kernels: Kernels, capacity: Int) {
        self.weights = weights
        self.kernels = kernels
        self.capacity = capacity
        let perToken = 3 * Shape.width + 3 * Shape.width + Shape.intermediate
        self.memory = .allocate(capacity: capacity * perToken + Self.scoreStride(Shape.maximumTokens) * Shape.maximumTokens)
    }

    deinit {
        self.memory.deallocate()
    }

    /// - Parameter texts: token ids; each text has from 1 to 256, all together no more than ``capacity``.
    /// - Returns: for each text the mean of its tokens' last states, scaled to length 1; nil where that cannot be done.
    func run(_ texts: [[Int32]]) -> [[Float]?] {
        let rows = texts.reduce(0) { $0 + $1.count }
        precondition(rows <= self.capacity && texts.allSatisfy { (1...Shape.maximumTokens).contains($0.count) })
        guard rows > 0, let start = self.memory.baseAddress else { return [] }
        let width = Shape.width
        let table = self.kernels.table.pointee
        let x = start
        let y = x + self.capacity * width
        let context = y + self.capacity * width
        let projected = context + self.capacity * width
        let wide = projected + self.capacity * 3 * width
        let scores = wide + self.capacity * Shape.intermediate

        var offset = 0
        for ids in texts {
            table.embed(x + offset * width, ids, ids.count, width, self.weights.words, self.weights.positions, self.weights.kind)
            offset += ids.count
        }
        self.normalize(x, nil, nil, self.weights.norm, rows)

        for layer in self.weights.layers {
            self.multiply(x, layer.attention, projected, rows, 3 * width, width)
            table.add_bias(projected, layer.attention.bias, rows, 3 * width)
            var offset = 0
            for ids in texts {
                self.attend(projected + offset * 3 * width, context + offset * width, scores, ids.count)
                offset += ids.count
            }
            self.multiply(context, layer.attentionOutput, y, rows, width, width)
            self.normalize(y, layer.attentionOutput.bias, x, layer.attentionNorm, rows)
            self.multiply(y, layer.intermediate, wide, rows, Shape.intermediate, width)
            table.bias_gelu(wide, layer.intermediate.bias, rows, Shape.intermediate)
            self.multiply(wide, layer.output, x, rows, width, Shape.intermediate)
            self.normalize(x, layer.output.bias, y, layer.outputNorm, rows)
        }

        offset = 0
        return texts.map { ids in
            var length: Float = 0
            let vector = [Float](unsafeUninitializedCapacity: width) { buffer, count in
                guard let out = buffer.baseAddress else { return }
                length = table.mean_normalize(out, x + offset * width, ids.count, width)
                count = width
            }
            offset += ids.count
            return length > 0 && length.isFinite ? vector : nil
        }
    }

    /// Rows of scores begin at multiples of eight numbers, for aligned loads.
    private static func scoreStride(_ tokens: Int) -> Int {
        (tokens + 7) & ~7
    }

    /// Attention within one text; `projected` holds query, key and value of each token in a row.
    private func attend(
        _ projected: UnsafeMutablePointer<Float>,
        _ context: UnsafeMutablePointer<Float>,
        _ scores: UnsafeMutablePointer<Float>,
        _ tokens: Int
    ) {
        let width = Shape.width
        let count = blasint(tokens)
        let stride = Self.scoreStride(tokens)
        let head = blasint(Shape.headWidth)
        let scale = 1 / Float(Shape.headWidth).squareRoot()
        for number in 0..<Shape.heads {
            let query = projected + number * Shape.headWidth
            let key = query + width
            let value = key + width
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasTrans,
                count,
                count,
                head,
                scale,
                query,
                blasint(3 * width),
                key,
                blasint(3 * width),
                0,
                scores,
                blasint(stride)
            )
            self.kernels.table.pointee.softmax(scores, tokens, tokens, stride)
            cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasNoTrans,
                count,
                head,
                count,
                1,
                scores,
                blasint(stride),
                value,
                blasint(3 * width),
                0,
                context + number * Shape.headWidth,
                blasint(width)
            )
        }
    }

    /// `out` = `input` × `map`ᵀ, without the bias.
    private func multiply(
        _ input: UnsafePointer<Float>,
        _ map: MiniLMWeights.Linear,
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
            map.weight,
            blasint(inputs),
            0,
            out,
            blasint(outputs)
        )
    }

    private func normalize(
        _ x: UnsafeMutablePointer<Float>,
        _ bias: UnsafePointer<Float>?,
        _ residual: UnsafePointer<Float>?,
        _ norm: MiniLMWeights.Norm,
        _ rows: Int
    ) {
        self.kernels.table.pointee.layer_norm(x, bias, residual, norm.gamma, norm.beta, rows, Shape.width, Shape.epsilon)
    }
}
