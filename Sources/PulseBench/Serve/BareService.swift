import ArgumentParser
import AsyncHTTPClient
import AsyncHTTPTransport
import Foundation
import Hummingbird
import Postgres

/// What a search costs where nothing is thought about it: the same requests to the provider and to Qdrant, one round trip to
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
        let questions = try BareQuestions(file: self.questions, provider: self.provider, qdrant: self.qdrant)
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let transport = AsyncHTTPTransport(client: client)
        let pool = PostgresPool(configuration: try PostgresConfiguration(url: self.database))
        let router = Router()
        router.post("/api/v1/search") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            let question = questions.next()
            _ = try await transport.send(question.vector)
            _ = try await transport.send(question.candidates)
            async let end = pool.read([PostgresStatement("SELECT $1::text", [.text("what a search ends with")])])
            let answer = try await transport.send(question.texts)
            _ = try await end
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
}
