import Embedding
import Foundation
import HTTPTransport
import Synchronization
import Testing

struct CatalogProvidersTests {
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
}
