/// The weights of all-MiniLM-L6-v2: the embeddings read from the mapped file, the layers laid out as one set of kernels reads them.
final class MiniLMWeights: @unchecked Sendable {
    // Sendable: everything is written in `init` only; the pointers live as long as `file` and `packed`, which this holds.

    /// Of one linear map from `inputs` to `outputs` numbers.
    struct Linear {
        /// In the order of the kernels.
        var weight: UnsafePointer<Float>
        var bias: UnsafePointer<Float>
        var outputs: Int
        var inputs: Int
    }

    struct Norm {
        var gamma: UnsafePointer<Float>
        var beta: UnsafePointer<Float>
    }

    struct Layer {
        /// Query, key and value below each other: 3 × 384 outputs.
        var attention: Linear
        var attentionOutput: Linear
        var attentionNorm: Norm
        var intermediate: Linear
        var output: Linear
        var outputNorm: Norm
    }

    let words: UnsafePointer<Float>
    let positions: UnsafePointer<Float>
    /// Of token type 0, the only one in use.
    let kind: UnsafePointer<Float>
    let norm: Norm
    let layers: [Layer]
    /// Whose order the weights are in.
    let kernels: Kernels

    private let file: SafetensorsFile
    /// 42.6 MB: a copy, so that no product has to lay its weights out anew, which took a short query longer than the product.
    private let packed: PackedMemory

    init(_ file: SafetensorsFile, kernels: Kernels) throws(SafetensorsFile.Failure) {
        typealias Shape = MiniLMShape
        let width = Shape.width
        let wide = Shape.intermediate
        let perLayer = 3 * width * (width + 1) + width * (width + 1) + wide * (width + 1) + width * (wide + 1)
        var memory = PackedMemory(capacity: Shape.layers * perLayer)

        func norm(_ name: String) throws(SafetensorsFile.Failure) -> Norm {
            Norm(
                gamma: try file.floats(name + ".weight", shape: [width]),
                beta: try file.floats(name + ".bias", shape: [width])
            )
        }
        /// One map out of several of as many outputs each: one product instead of three a layer.
        func linear(_ names: [String], _ outputs: Int, _ inputs: Int) throws(SafetensorsFile.Failure) -> Linear {
            let weight = memory.take(names.count * outputs * inputs)
            let bias = memory.take(names.count * outputs)
            for (place, name) in names.enumerated() {
                kernels.table.pointee.pack(
                    weight + place * outputs * inputs,
                    try file.floats(name + ".weight", shape: [outputs, inputs]),
                    outputs,
                    inputs
                )
                (bias + place * outputs).update(from: try file.floats(name + ".bias", shape: [outputs]), count: outputs)
            }
            return Linear(
                weight: UnsafePointer(weight),
                bias: UnsafePointer(bias),
                outputs: names.count * outputs,
                inputs: inputs
            )
        }

        self.file = file
        self.kernels = kernels
        self.words = try file.floats("embeddings.word_embeddings.weight", shape: [Shape.vocabulary, width])
        self.positions = try file.floats("embeddings.position_embeddings.weight", shape: [Shape.positions, width])
        self.kind = try file.floats("embeddings.token_type_embeddings.weight", shape: [2, width])
        self.norm = try norm("embeddings.LayerNorm")
        var layers: [Layer] = []
        for number in 0..<Shape.layers {
            let prefix = "encoder.layer.\(number)."
            let attention = ["query", "key", "value"].map { prefix + "attention.self." + $0 }
            layers.append(
                Layer(
                    attention: try linear(attention, width, width),
                    attentionOutput: try linear([prefix + "attention.output.dense"], width, width),
                    attentionNorm: try norm(prefix + "attention.output.LayerNorm"),
                    intermediate: try linear([prefix + "intermediate.dense"], wide, width),
                    output: try linear([prefix + "output.dense"], width, wide),
                    outputNorm: try norm(prefix + "output.LayerNorm")
                )
            )
        }
        self.layers = layers
        self.packed = memory
        // Half of the file is not read again.
        file.release()
    }
}
