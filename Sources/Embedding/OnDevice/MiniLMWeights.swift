/// The weights of all-MiniLM-L6-v2: read from the mapped file, but for the fused projections of attention.
final class MiniLMWeights: @unchecked Sendable {
    // Sendable: everything is written in `init` only; the pointers live as long as `file` and `fused`, which this holds.

    /// Of one linear map: `weight` is (outputs × inputs).
    struct Linear {
        var weight: UnsafePointer<Float>
        var bias: UnsafePointer<Float>
    }

    struct Norm {
        var gamma: UnsafePointer<Float>
        var beta: UnsafePointer<Float>
    }

    struct Layer {
        /// Query, key and value below each other, (3 × 384) × 384.
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

    private let file: SafetensorsFile
    private let fused: UnsafeMutableBufferPointer<Float>

    init(_ file: SafetensorsFile) throws(SafetensorsFile.Failure) {
        typealias Shape = MiniLMShape
        let width = Shape.width

        func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws(SafetensorsFile.Failure) -> Linear {
            Linear(
                weight: try file.floats(name + ".weight", shape: [outputs, inputs]),
                bias: try file.floats(name + ".bias", shape: [outputs])
            )
        }
        func norm(_ name: String) throws(SafetensorsFile.Failure) -> Norm {
            Norm(
                gamma: try file.floats(name + ".weight", shape: [width]),
                beta: try file.floats(name + ".bias", shape: [width])
            )
        }

        self.file = file
        self.words = try file.floats("embeddings.word_embeddings.weight", shape: [Shape.vocabulary, width])
        self.positions = try file.floats("embeddings.position_embeddings.weight", shape: [Shape.positions, width])
        self.kind = try file.floats("embeddings.token_type_embeddings.weight", shape: [2, width])
        self.norm = try norm("embeddings.LayerNorm")

        // One product instead of three a layer: 10.6 MB of memory for fewer and larger calls.
        let perLayer = 3 * width * (width + 1)
        let fused = UnsafeMutableBufferPointer<Float>.allocate(capacity: Shape.layers * perLayer)
        do throws(SafetensorsFile.Failure) {
            var layers: [Layer] = []
            for number in 0..<Shape.layers {
                let prefix = "encoder.layer.\(number)."
                let block = UnsafeMutableBufferPointer(rebasing: fused[number * perLayer..<(number + 1) * perLayer])
                guard let weight = block.baseAddress else { continue }
                let bias = weight + 3 * width * width
                for (place, part) in ["query", "key", "value"].enumerated() {
                    let source = try linear(prefix + "attention.self." + part, width, width)
                    (weight + place * width * width).initialize(from: source.weight, count: width * width)
                    (bias + place * width).initialize(from: source.bias, count: width)
                }
                layers.append(
                    Layer(
                        attention: Linear(weight: UnsafePointer(weight), bias: UnsafePointer(bias)),
                        attentionOutput: try linear(prefix + "attention.output.dense", width, width),
                        attentionNorm: try norm(prefix + "attention.output.LayerNorm"),
                        intermediate: try linear(prefix + "intermediate.dense", Shape.intermediate, width),
                        output: try linear(prefix + "output.dense", width, Shape.intermediate),
                        outputNorm: try norm(prefix + "output.LayerNorm")
                    )
                )
            }
            self.layers = layers
            self.fused = fused
        } catch {
            fused.deallocate()
            throw error
        }
    }

    deinit {
        self.fused.deallocate()
    }
}
