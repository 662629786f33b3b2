import Foundation
import Hummingbird

/// An embedding provider in the shape of OpenAI's `/v1/embeddings`.
struct EmbeddingRoutes: Sendable {
    let requiredToken: String?
    let dimensions: Int
    let latency: Duration

    func add(to router: Router<SandboxContext>) {
        router.post("embeddings/v1/embeddings") { request, _ in
            if let requiredToken, request.headers.value("authorization") != "Bearer " + requiredToken {
                return Self.failure(401, "Incorrect API key provided.", code: "invalid_api_key").response()
            }
            let body: JSONValue
            do {
                body = try await request.jsonBody()
            } catch let error as SandboxError {
                return Self.failure(400, error.description, code: nil).response()
            }
            if latency > .zero { try await Task.sleep(for: latency) }
            return embed(body).response()
        }
    }

    private func embed(_ body: JSONValue) -> Reply {
        guard let model = body["model"]?.stringValue else {
            return Self.failure(400, "you must provide a model parameter", code: nil)
        }
        let inputs: [String]
        switch body["input"] {
        case .string(let text)?:
            inputs = [text]
        case .array(let values)?:
            inputs = values.compactMap(\.stringValue)
            guard inputs.count == values.count else { return Self.failure(400, "'$.input' is invalid.", code: nil) }
        default:
            return Self.failure(400, "'$.input' is invalid.", code: nil)
        }
        guard (1...2048).contains(inputs.count), !inputs.contains("") else {
            return Self.failure(400, "'$.input' must hold 1 to 2048 texts, none of them empty.", code: nil)
        }
        let length = body["dimensions"]?.intValue ?? dimensions
        guard (1...8192).contains(length) else { return Self.failure(400, "'$.dimensions' is invalid.", code: nil) }

        let isBase64 = body["encoding_format"]?.stringValue == "base64"
        let embedding = HashedEmbedding(dimensions: length)
        let data = inputs.enumerated().map { index, text -> JSONValue in
            let vector = embedding.vector(for: text)
            let encoded: JSONValue =
                isBase64 ? .string(Self.base64(vector)) : .array(vector.map { .number(String($0)) })
            return ["object": "embedding", "index": .int(index), "embedding": encoded]
        }
        let tokens = inputs.reduce(0) { $0 + ($1.utf8.count + 3) / 4 }
        return .json([
            "object": "list", "data": .array(data), "model": .string(model),
            "usage": ["prompt_tokens": .int(tokens), "total_tokens": .int(tokens)],
        ])
    }

    /// Little-endian 32-bit floats.
    private static func base64(_ vector: [Float]) -> String {
        Data(vector.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }).base64EncodedString()
    }

    private static func failure(_ status: Int, _ message: String, code: String?) -> Reply {
        .json(
            [
                "error": [
                    "message": .string(message), "type": "invalid_request_error", "param": nil, "code": .optional(code),
                ]
            ],
            status: status
        )
    }
}
