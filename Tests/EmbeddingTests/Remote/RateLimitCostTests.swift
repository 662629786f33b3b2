import AsyncHTTPClient
import AsyncHTTPTransport
import Embedding
import Foundation
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Resilience
import Synchronization
import Testing

@Suite("What being limited costs, against a server that refuses")
struct RateLimitCostTests {
    /// A service of a set latency that refuses every so many requests and asks to be left alone for a while.
    private final class Limited: Sendable {
        private struct State {
            var requests = 0
            var refused = 0
            var texts = 0
            var quiet: Range<ContinuousClock.Instant>?
            var intrusions = 0
        }

        static let latency = Duration.milliseconds(20)
        static let wait = Duration.milliseconds(700)
        let every: Int
        private let state = Mutex(State())

        init(every: Int) { self.every = every }

        var requests: Int { self.state.withLock { $0.requests } }
        var refused: Int { self.state.withLock { $0.refused } }
        var texts: Int { self.state.withLock { $0.texts } }
        /// Requests that came while it had asked to be left alone.
        var intrusions: Int { self.state.withLock { $0.intrusions } }

        /// Counts from here on.
        func begin() {
            self.state.withLock { $0 = State() }
        }

        func answer(_ body: [UInt8]) async throws -> Response {
            let isRefused = self.state.withLock { state in
                state.requests += 1
                if state.quiet?.contains(.now) == true { state.intrusions += 1 }
                guard state.requests % self.every == 0 else { return false }
                state.refused += 1
                return true
            }
            try await Task.sleep(for: Self.latency)
            if isRefused {
                // From when the refusal has reached everybody, to the end of the wait.
                self.state.withLock { $0.quiet = .now + .milliseconds(500)..<(.now + Self.wait - .milliseconds(20)) }
                return Response(
                    status: .tooManyRequests,
                    headers: [.init("retry-after-ms")!: "700"],
                    body: .init(byteBuffer: .init(string: #"{"error":{"message":"slow down"}}"#))
                )
            }
            let count = try JSONDecoder().decode(Body.self, from: Data(body)).input.count
            self.state.withLock { $0.texts += count }
            let vectors = Array(repeating: #"{"embedding":[1,0,0,0,0,0,0,1]}"#, count: count).joined(separator: ",")
            return Response(status: .ok, body: .init(byteBuffer: .init(string: #"{"data":[\#(vectors)]}"#)))
        }

        private struct Body: Decodable { var input: [String] }
    }

    private func embedding(
        _ service: Limited,
        patience: Duration = .seconds(10),
        _ body: @escaping @Sendable (SplittingEmbedder) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("embed") { request, _ in
            try await service.answer(Array(buffer: try await request.body.collect(upTo: 1 << 22)))
        }
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            let http = HTTPClient(eventLoopGroupProvider: .singleton)
            let text = ProviderDefinitionTests.good.replacing("\"items\": 4", with: "\"items\": 100")
            let result: Result<Void, any Error>
            do {
                let provider = try HTTPEmbeddingProvider(
                    definition: try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get(),
                    transport: AsyncHTTPTransport(client: http),
                    environment: { ["ACME_KEY": "k", "ACME_URL": "http://127.0.0.1:\(port)"][$0] }
                )
                result = .success(try await body(SplittingEmbedder(provider: provider, patience: patience)))
            } catch {
                result = .failure(error)
            }
            try await http.shutdown()
            try result.get()
        }
    }

    @Test("A refusal on every seventh request costs that request again and the wait asked for, and nothing else")
    func everySeventh() async throws {
        let service = Limited(every: 7)
        try await self.embedding(service) { embedder in
            let texts = (0..<3000).map { "text \($0)" }
            let outcome = try await embedder.embed(texts, as: .document)
            #expect(outcome.results.allSatisfy { if case .success = $0 { true } else { false } })
            #expect(service.refused >= 4)
            #expect(service.requests == 30 + service.refused)
            #expect(service.texts == texts.count, "no text is embedded twice")
        }
        #expect(service.intrusions == 0)
    }

    /// How long the texts take at a service, and how often it refused.
    private func time(_ texts: [String], every: Int) async throws -> (seconds: Double, refused: Int) {
        let service = Limited(every: every)
        let seconds = Mutex(0.0)
        try await self.embedding(service) { embedder in
            // The first connections are made and the budget is known.
            _ = try await embedder.embed(Array(texts.prefix(400)), as: .document)
            service.begin()
            let started = ContinuousClock.now
            let outcome = try await embedder.embed(texts, as: .document)
            seconds.withLock { $0 = (ContinuousClock.now - started).seconds }
            #expect(outcome.results.allSatisfy { if case .success = $0 { true } else { false } })
        }
        return (seconds.withLock { $0 }, service.refused)
    }

    @Test("Refusals of every seventh request cost five per cent of time at most beside the refused requests and the waits")
    func seventhInTime() async throws {
        let texts = (0..<6_000).map { "text \($0)" }
        var best = Double.infinity
        // Other tests share the machine: one quiet run is the measurement.
        for _ in 0..<4 where best > 1.05 {
            let free = try await self.time(texts, every: .max)
            let limited = try await self.time(texts, every: 7)
            try #require(free.refused == 0 && limited.refused >= 8)
            let waits = Double(limited.refused) * (Limited.wait + Limited.latency).seconds
            best = min(best, limited.seconds / (free.seconds + waits))
        }
        #expect(best <= 1.05, "\(best) times what it may take")
    }

    @Test("A service that refuses for ever loses nothing and fails nothing: each text is out of budget, to come again")
    func forEver() async throws {
        let service = Limited(every: 1)
        try await self.embedding(service, patience: .milliseconds(500)) { embedder in
            let outcome = try await embedder.embed((0..<1000).map { "text \($0)" }, as: .document)
            for result in outcome.results {
                guard case .failure(let error) = result else {
                    Issue.record("it has never answered")
                    continue
                }
                #expect(error.kind == .rateLimited)
            }
        }
        #expect(service.requests < 40)
    }
}
