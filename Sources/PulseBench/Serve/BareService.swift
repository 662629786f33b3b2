import ArgumentParser
import AsyncHTTPClient
import AsyncHTTPTransport
import Foundation
import HTTPTransport
import Hummingbird
import Postgres
import Synchronization

/// What a search costs where nothing is thought about it: the same requests to the provider and to Qdrant, as many round trips to
/// PostgreSQL, and an answer, over the same libraries.
struct BareService: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bare",
        abstract: "Serve what a search asks others, and nothing of its own.",
        shouldDisplay: false
    )

    @Option(help: "The provider's port.") var provider: Int
    @Option(help: "Qdrant's port.") var qdrant: Int
    @Option(help: "What Qdrant was asked; see the player.") var questions: String
    @Option var database: String

    func run() async throws {
        let questions = try Questions(file: self.questions, port: self.qdrant)
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let transport = AsyncHTTPTransport(client: client)
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: self.database))
        let embedding = HTTPRequest(
            .post,
            "http://127.0.0.1:\(self.provider)/v1/embeddings",
            headers: ["content-type": "application/json"],
            body: Array(#"{"model":"bench","input":["a question of eight words or about so"],"encoding_format":"base64"}"#.utf8)
        )
        let router = Router()
        router.post("/api/v1/search") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            _ = try await pool.read([PostgresStatement("SELECT $1::text", [.text("what a tenant is searched in")])])
            _ = try await transport.send(embedding)
            let (candidates, texts) = questions.next()
            _ = try await transport.send(candidates)
            async let linked = pool.read([PostgresStatement("SELECT $1::text", [.text("what a hit is linked with")])])
            let answer = try await transport.send(texts)
            _ = try await linked
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
            )
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                print(channel.localAddress?.port ?? 0)
                fflush(nil)
            }
        )
        try await application.runService()
        await pool.close()
        try await client.shutdown()
    }

    /// What one search asks of Qdrant, of which there are two kinds: for candidates, and for the texts of those that are shown.
    private final class Questions: Sendable {
        private let candidates: [HTTPRequest]
        private let texts: [HTTPRequest]
        private let asked = Atomic(0)

        init(file: String, port: Int) throws {
            let all = try Recording.bodies(in: file).compactMap { kept -> HTTPRequest? in
                guard let end = kept.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
                let words = String(decoding: kept[..<end], as: UTF8.self).split(separator: " ")
                guard words.count > 1, let method = HTTPRequest.Method(rawValue: String(words[0])) else { return nil }
                return HTTPRequest(
                    method,
                    "http://127.0.0.1:\(port)\(words[1])",
                    headers: ["content-type": "application/json"],
                    body: Array(kept[(end + 1)...])
                )
            }
            self.candidates = all.filter { $0.url.contains("/points/query") }
            self.texts = all.filter { $0.method == .post && !$0.url.contains("/points/query") && $0.url.contains("/points") }
            guard !self.candidates.isEmpty, !self.texts.isEmpty else {
                throw BenchError("a search asks Qdrant otherwise than this benchmark knows: \(Set(all.map(\.url)))")
            }
        }

        func next() -> (HTTPRequest, HTTPRequest) {
            let number = self.asked.add(1, ordering: .relaxed).oldValue
            return (self.candidates[number % self.candidates.count], self.texts[number % self.texts.count])
        }
    }
}
