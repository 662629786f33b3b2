/// Whether loaded weights are the ones they should be: a short text must give its known vector.
///
/// It touches every layer, so it finds weights that have the right shape and the wrong numbers, and broken kernels too; it
/// does not read every word's embedding, which `Scripts/model` checks by the file's digest.
enum ModelProbe {
    static let text = "The probe says whether the model is whole."
    /// The first numbers of the vector, by the original implementation (`Scripts/lib/model-reference`).
    static let expected: [Float] = [
        -0.0024807, -0.0136643, 0.0181504, 0.0336611, 0.0771699, -0.075112, -0.0469273, 0.0104646,
        0.0362506, -0.0194131, 0.0639354, -0.0191234, -0.0429591, 0.0170105, -0.044459, -0.1072606,
    ]
    static let tolerance: Float = 1e-4

    static func passes(tokenizer: WordPieceTokenizer, weights: MiniLMWeights) -> Bool {
        let ids = tokenizer.encode(self.text, limit: 32)
        let pass = ForwardPass(weights: weights, capacity: ids.count)
        guard let vector = pass.run([ids]).first, let vector else { return false }
        return zip(vector, self.expected).allSatisfy { abs($0 - $1) < self.tolerance }
    }
}
