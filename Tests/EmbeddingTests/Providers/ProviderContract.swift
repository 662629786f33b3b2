import Embedding
import Foundation
import Testing

/// What a provider's documentation says goes over the wire, with vectors made up here.
struct ProviderContract: Sendable, CustomTestStringConvertible {
    struct Failure: Sendable {
        var status: Int
        var body: String
        var headers: [(String, String)] = []
        var kind: EmbeddingError.Kind
        /// Stands in the message.
        var says: String
        var retryAfter: Duration?
    }

    /// The id of the file in `Providers/`.
    var id: String
    var environment: [String: String] = [:]
    var url: String
    /// Headers that must be on the request, in whatever order.
    var headers: [String: String]
    /// The whole body for the texts `Ünï "q"` and `b`; in single mode, for the first of them.
    var document: String
    /// The whole body for the query `b`.
    var query: String
    /// The answer to `document`; `<0>` stands for the vector of the first text as an array, `<64:0>` for its base64.
    var answer: String
    var answerHeaders: [(String, String)] = []
    /// What is billed for `document`.
    var tokens: Int?
    var failure: Failure

    static let texts = ["Ünï \"q\"", "b"]

    var testDescription: String { self.id }

    /// A vector of length 1 that is another for each seed.
    static func vector(_ seed: Int, dimensions: Int) -> [Float] {
        let raw = (0..<dimensions).map { Float(sin(Double($0 * (seed + 2) + 1))) }
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return raw.map { $0 / length }
    }

    /// The answer in bytes.
    func answer(dimensions: Int) -> [UInt8] {
        var text = self.answer
        for seed in 0..<2 {
            let vector = Self.vector(seed, dimensions: dimensions)
            text.replace("<\(seed)>", with: "[" + vector.map(\.description).joined(separator: ",") + "]")
            let bytes = vector.flatMap { number in
                (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt32($0))) }
            }
            text.replace("<64:\(seed)>", with: "\"" + Data(bytes).base64EncodedString() + "\"")
        }
        return Array(text.utf8)
    }
}
