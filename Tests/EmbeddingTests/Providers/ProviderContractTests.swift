import Embedding
import Foundation
import HTTPTransport
import Synchronization
import Testing

struct ProviderContractTests {
    static let contracts = ProviderContract.openAIShape + ProviderContract.otherShapes
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Providers").path

    private static let functions = SigningFunctions(
        sha256: { PlainSHA256.hash($0) },
        hmacSHA256: { PlainSHA256.authenticate(key: $0, $1) },
        rs256: { _, _ in [1, 2, 3] }
    )

    private func provider(
        _ contract: ProviderContract,
        answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws -> HTTPEmbeddingProvider {
        let catalog = try ProviderCatalog(directory: Self.directory)
        let environment = contract.environment
        let transport = ScriptedTransport { request in
            if request.url.hasSuffix("/token") {
                return HTTPResponse(status: 200, body: Array(#"{"access_token":"ACCESS-1","expires_in":3600}"#.utf8))
            }
            return answer(request)
        }
        return try HTTPEmbeddingProvider(
            definition: try catalog.definition(contract.id),
            transport: transport,
            environment: { environment[$0] },
            signingFunctions: Self.functions
        )
    }

    @Test("Every file in Providers/ is good, and has a contract here unless it runs on the device")
    func complete() throws {
        let catalog = try ProviderCatalog(directory: Self.directory)
        #expect(catalog.rejected == [])
        #expect(catalog.definitions.filter { $0.kind == .http }.map(\.id) == Self.contracts.map(\.id).sorted())
        #expect(catalog.definitions.filter { $0.kind == .onDevice }.map(\.id) == ["on-device"])
    }

    @Test(
        "The request for documents is the documented one to the byte, and the documented answer gives the vectors",
        arguments: contracts
    )
    func documents(contract: ProviderContract) async throws {
        let seen = Mutex<[HTTPRequest]>([])
        let dimensions = try ProviderCatalog(directory: Self.directory).definition(contract.id).space.dimensions
        let provider = try self.provider(contract) { request in
            seen.withLock { $0.append(request) }
            return HTTPResponse(
                status: 200,
                headers: HTTPHeaders(contract.answerHeaders),
                body: contract.answer(dimensions: dimensions)
            )
        }
        let texts = Array(ProviderContract.texts.prefix(provider.limits.items))
        let batch = try await provider.embed(texts, as: .document)
        let request = try #require(seen.withLock { $0 }.first)
        #expect(seen.withLock { $0.count } == 1)
        #expect(request.method == .post)
        #expect(request.url == contract.url)
        #expect(String(decoding: request.body ?? [], as: UTF8.self) == contract.document)
        for (name, value) in contract.headers { #expect(request.headers[name]?.hasPrefix(value) == true, "\(name)") }
        if contract.headers["Authorization"] == nil { #expect(request.headers["Authorization"] == nil) }
        #expect(batch.tokens == contract.tokens)
        #expect(batch.vectors.count == texts.count)
        for (seed, vector) in batch.vectors.enumerated() {
            let wanted = ProviderContract.vector(seed, dimensions: dimensions)
            #expect(zip(vector, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test("The request for a query differs where the documentation says so", arguments: contracts)
    func queries(contract: ProviderContract) async throws {
        let seen = Mutex<String>("")
        let provider = try self.provider(contract) { request in
            seen.withLock { $0 = String(decoding: request.body ?? [], as: UTF8.self) }
            return HTTPResponse(status: 500)
        }
        await #expect(throws: EmbeddingError.self) { try await provider.embed(["b"], as: .query) }
        #expect(seen.withLock { $0 } == contract.query)
    }

    @Test("The documented error is understood, and its message holds no secret", arguments: contracts)
    func failures(contract: ProviderContract) async throws {
        let failure = contract.failure
        let provider = try self.provider(contract) { _ in
            HTTPResponse(status: failure.status, headers: HTTPHeaders(failure.headers), body: Array(failure.body.utf8))
        }
        let texts = Array(ProviderContract.texts.prefix(provider.limits.items))
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(texts, as: .document) }
        #expect(error?.kind == failure.kind)
        #expect(error?.provider == contract.id)
        #expect(error?.message.contains(failure.says) == true, "\(error?.message ?? "")")
        #expect(error?.retryAfter == failure.retryAfter)
        #expect(error?.message.contains("KEY-1") == false)
        #expect(error?.message.contains("\n") == false)
    }

    @Test(
        "A missing secret is one clear line that names it",
        arguments: contracts.filter { !["ollama", "llama-cpp", "huggingface-tei"].contains($0.id) }
    )
    func missingSecret(contract: ProviderContract) throws {
        let definition = try ProviderCatalog(directory: Self.directory).definition(contract.id)
        let wanted = definition.requiredReferences.map(\.description)
        #expect(
            !wanted.isEmpty && wanted.allSatisfy { $0.hasPrefix("env:") && contract.environment[String($0.dropFirst(4))] != nil }
        )
        #expect(definition.missingReferences(environment: { _ in nil }) == definition.requiredReferences)
        var bare = contract
        bare.environment = [:]
        let error = #expect(throws: EmbeddingError.self) { try self.provider(bare) { _ in HTTPResponse(status: 500) } }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("is not set") == true)
        #expect(contract.environment.keys.contains { error?.message.contains($0) == true }, "\(error?.message ?? "")")
    }

    @Test("Signed requests need signing functions, and the error says so", arguments: ["bedrock-titan", "vertex"])
    func missingFunctions(id: String) throws {
        let definition = try ProviderCatalog(directory: Self.directory).definition(id)
        let error = #expect(throws: EmbeddingError.self) {
            try HTTPEmbeddingProvider(
                definition: definition,
                transport: ScriptedTransport { _ in HTTPResponse(status: 500) },
                environment: { _ in "x" }
            )
        }
        #expect(error?.message.contains("signing functions") == true)
    }
}
