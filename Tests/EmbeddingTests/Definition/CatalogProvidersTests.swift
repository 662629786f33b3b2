import Embedding
import Foundation
import HTTPTransport
import Synchronization
import Testing

struct CatalogProvidersTests {
    @Test("A directory that cannot be read is told of once, and once more when it went again; what was good stays in force")
    func unreadable() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pulse-catalog-\(UUID().uuidString)")
        func appear() throws {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(ProviderDefinitionTests.good.utf8).write(to: directory.appending(path: "acme.json"))
        }
        try appear()
        let reports = Mutex<[[String]]>([])
        let providers = CatalogProviders(
            catalog: try ProviderCatalog(directory: directory.path),
            interval: .zero,
            http: { definition throws(EmbeddingError) in ScriptedProvider(id: definition.id) },
            onDevice: { definition throws(EmbeddingError) in ScriptedProvider(id: definition.id) },
            report: { rejected in reports.withLock { $0.append(rejected.map(\.file)) } }
        )
        for _ in 0..<2 {
            try FileManager.default.removeItem(at: directory)
            for _ in 0..<5 { #expect(await providers.definitions().map(\.id) == ["acme"]) }
            try appear()
            _ = await providers.definitions()
        }
        try FileManager.default.removeItem(at: directory)
        #expect(reports.withLock { $0 } == [[directory.path], [], [directory.path], []])
    }

    @Test("A provider is made once, made again after an edit, and a new file is found without a restart")
    func live() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pulse-catalog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: directory.appending(path: name)) }

        try write("acme.json", ProviderDefinitionTests.good)
        let reports = Mutex<[[String]]>([])
        let made = Mutex(0)
        let providers = CatalogProviders(
            catalog: try ProviderCatalog(directory: directory.path),
            interval: .zero,
            http: { definition throws(EmbeddingError) in
                made.withLock { $0 += 1 }
                return try HTTPEmbeddingProvider(
                    definition: definition,
                    transport: ScriptedTransport { _ in HTTPResponse(status: 500) },
                    environment: { $0 == "ACME_KEY" ? "k" : nil }
                )
            },
            onDevice: { definition throws(EmbeddingError) in ScriptedProvider(id: definition.id) },
            report: { rejected in reports.withLock { $0.append(rejected.map(\.file)) } }
        )
        #expect(try await providers.provider("acme").limits.items == 4)
        _ = try await providers.provider("acme")
        #expect(made.withLock { $0 } == 1)
        try write("acme.json", ProviderDefinitionTests.good.replacing("\"items\": 4", with: "\"items\": 9"))
        #expect(try await providers.provider("acme").limits.items == 9)
        try write("acme.json", "broken")
        #expect(try await providers.provider("acme").limits.items == 9)
        _ = try await providers.provider("acme")
        #expect(reports.withLock { $0 } == [["acme.json"]])
        await #expect(throws: EmbeddingError.self) { try await providers.provider("beta") }
        try write("beta.json", ProviderDefinitionTests.good.replacing("\"acme\"", with: "\"beta\""))
        #expect(try await providers.provider("beta").id == "beta")
    }

    @Test("Who asks for a provider alone is told of its failure, though another stands in for it")
    func alone() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pulse-catalog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        let acme = ProviderDefinitionTests.good.replacing("\"space\"", with: "\"fallback\": [\"beta\"], \"space\"")
        try Data(acme.utf8).write(to: directory.appending(path: "acme.json"))
        let beta = ProviderDefinitionTests.good.replacing("\"acme\"", with: "\"beta\"")
        try Data(beta.utf8).write(to: directory.appending(path: "beta.json"))
        let memory = LocalProbeMemory()
        let isBroken = Mutex(false)
        let catalog = CatalogProviders(
            catalog: try ProviderCatalog(directory: directory.path),
            interval: .zero,
            http: { definition throws(EmbeddingError) in
                Breakable(definition) { definition.id == "acme" && isBroken.withLock { $0 } }
            },
            onDevice: { definition throws(EmbeddingError) in ScriptedProvider(id: definition.id) },
            probe: SpaceProbe(memory: memory)
        )
        let providers: any ProviderResolving = catalog
        let acmes = try await providers.provider("acme")
        _ = try await acmes.embed(["x"], as: .document)
        let start = ContinuousClock.now
        while try await memory.recall("acme@\(acmes.space.name)") == nil {
            try #require(ContinuousClock.now - start < .seconds(10))
            try await Task.sleep(for: .milliseconds(2))
        }
        isBroken.withLock { $0 = true }
        _ = try await providers.provider("acme").embed(["x"], as: .document)
        let alone = try await providers.alone("acme")
        await #expect(throws: EmbeddingError.self) { try await alone.embed(["x"], as: .document) }
    }

    /// Takes texts until it is broken.
    private struct Breakable: EmbeddingProvider {
        let definition: ProviderDefinition
        let isBroken: @Sendable () -> Bool

        init(_ definition: ProviderDefinition, isBroken: @escaping @Sendable () -> Bool) {
            self.definition = definition
            self.isBroken = isBroken
        }

        var id: String { self.definition.id }
        var space: VectorSpace { self.definition.space }
        var limits: EmbeddingLimits { EmbeddingLimits(items: 8, tokensPerItem: 500) }
        var tokenCounter: any TokenCounting { EstimatedTokenCounter() }

        func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
            if self.isBroken() { throw EmbeddingError(.configuration, provider: self.id, message: "the key is wrong") }
            let vectors = texts.map { ScriptedProvider.vector(of: $0, dimensions: self.space.dimensions) }
            return EmbeddingBatch(vectors: vectors, tokens: texts.count)
        }
    }
}
