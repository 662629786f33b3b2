import HTTPTransport
import Synchronization

/// What one search asks: a vector of the provider; candidates, then the texts of those that are shown, of Qdrant.
final class BareQuestions: Sendable {
    private let vector: HTTPRequest
    private let candidates: [HTTPRequest]
    private let texts: [HTTPRequest]
    private let asked = Atomic(0)

    /// - Parameters:
    ///   - file: what Qdrant was asked; see the player.
    ///   - provider: its port.
    ///   - qdrant: its port.
    init(file: String, provider: Int, qdrant: Int) throws {
        let all = try Recording.bodies(in: file).compactMap { kept -> HTTPRequest? in
            guard let end = kept.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let words = String(decoding: kept[..<end], as: UTF8.self).split(separator: " ")
            guard words.count > 1, let method = HTTPRequest.Method(rawValue: String(words[0])) else { return nil }
            return HTTPRequest(
                method,
                "http://127.0.0.1:\(qdrant)\(words[1])",
                headers: ["content-type": "application/json"],
                body: Array(kept[(end + 1)...])
            )
        }
        self.candidates = all.filter { $0.url.contains("/points/query") }
        self.texts = all.filter { $0.method == .post && !$0.url.contains("/points/query") && $0.url.contains("/points") }
        guard !self.candidates.isEmpty, !self.texts.isEmpty else {
            throw BenchError("a search asks Qdrant otherwise than this benchmark knows: \(all.first?.url ?? "nothing")")
        }
        self.vector = HTTPRequest(
            .post,
            "http://127.0.0.1:\(provider)/v1/embeddings",
            headers: ["content-type": "application/json"],
            body: Array(#"{"model":"bench","input":["a question of eight words or about so"],"encoding_format":"base64"}"#.utf8)
        )
    }

    func next() -> (vector: HTTPRequest, candidates: HTTPRequest, texts: HTTPRequest) {
        let number = self.asked.add(1, ordering: .relaxed).oldValue
        return (self.vector, self.candidates[number % self.candidates.count], self.texts[number % self.texts.count])
    }
}
