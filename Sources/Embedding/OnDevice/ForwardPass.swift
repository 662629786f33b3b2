import CKernels

/// Runs the model over texts that lie one behind the other, without padding; owns the memory that it needs for that.
///
/// One thread at a time; what is shared, the weights, is only read.
final class ForwardPass {
    private typealias Shape = MiniLMShape

    /// Tokens that fit, over all texts of one run.
    let capacity: Int
    private let weights: MiniLMWeights
    private let memory: UnsafeMutableRawBufferPointer

    /// Memory: about 15 kB a token, taken when it is first used.
    init(weights: MiniLMWeights, capacity: Int) {
        self.weights = weights
        self.capacity = capacity
        let perToken = 3 * Shape.width + 3 * Shape.width + Shape.intermediate
        // What the longest text needs; a multiple of 32 tokens.
        let scores = (Shape.maximumTokens + Shape.headWidth) * Shape.maximumTokens
        self.memory = .allocate(byteCount: (capacity * perToken + scores) * MemoryLayout<Float>.stride, alignment: 64)
        self.memory.bindMemory(to: Float.self)
    }

    deinit {
        self.memory.deallocate()
    }

    /// - Parameter texts: token ids; each text has from 1 to 256, all together no more than ``capacity``.
    /// - Returns: for each text the mean of its tokens' last states, scaled to length 1; nil where that cannot be done.
    func run(_ texts: [[Int32]]) -> [[Float]?] {
        let rows = texts.reduce(0) { $0 + $1.count }
        precondition(rows <= self.capacity && texts.allSatisfy { (1...Shape.maximumTokens).contains($0.count) })
        guard rows > 0, let start = self.memory.baseAddress?.assumingMemoryBound(to: Float.self) else { return [] }
        let width = Shape.width
        let table = self.weights.kernels.table.pointee
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
        self.normalize(x, nil, self.weights.norm, rows)

        for layer in self.weights.layers {
            self.multiply(x, layer.attention, projected, rows)
            var offset = 0
            for ids in texts {
                table.attend(
                    context + offset * width,
                    projected + offset * 3 * width,
                    scores,
                    ids.count,
                    Shape.heads,
                    Shape.headWidth
                )
                offset += ids.count
            }
            self.multiply(context, layer.attentionOutput, y, rows)
            self.normalize(y, x, layer.attentionNorm, rows)
            self.multiply(y, layer.intermediate, wide, rows)
            table.gelu(wide, rows * Shape.intermediate)
            self.multiply(wide, layer.output, x, rows)
            self.normalize(x, y, layer.outputNorm, rows)
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

    private func multiply(
        _ input: UnsafePointer<Float>,
        _ map: MiniLMWeights.Linear,
        _ out: UnsafeMutablePointer<Float>,
        _ rows: Int
    ) {
        self.weights.kernels.table.pointee.multiply(out, input, map.weight, map.bias, rows, map.outputs, map.inputs)
    }

    private func normalize(
        _ x: UnsafeMutablePointer<Float>,
        _ residual: UnsafePointer<Float>?,
        _ norm: MiniLMWeights.Norm,
        _ rows: Int
    ) {
        self.weights.kernels.table.pointee.layer_norm(x, residual, norm.gamma, norm.beta, rows, Shape.width, Shape.epsilon)
    }
}
