import Embedding
import Foundation
import Testing

struct ProviderCatalogTests {
    /// A directory that goes with the test.
    private final class Directory {
        let url = FileManager.default.temporaryDirectory.appending(path: "pulse-providers-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: self.url, withIntermediateDirectories: true) }

        deinit {
            do {
                try FileManager.default.removeItem(at: self.url)
            } catch {
                Issue.record(error)
            }
        }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: self.url.appending(path: name))
        }

        func delete(_ name: String) throws { try FileManager.default.removeItem(at: self.url.appending(path: name)) }
    }

    private func file(_ id: String, items: Int = 4) -> String {
        ProviderDefinitionTests.good.replacing("\"acme\"", with: "\"\(id)\"").replacing(
            "\"items\": 4",
            with: "\"items\": \(items)"
        )
    }

    @Test("Good files are kept, bad ones listed with what is wrong, and the schema is no provider")
    func loads() throws {
        let directory = try Directory()
        try directory.write("a.json", self.file("a"))
        try directory.write("b.json", "{")
        try directory.write("notes.txt", "x")
        try directory.write(ProviderCatalog.schemaFile, "{}")
        let catalog = try ProviderCatalog(directory: directory.url.path)
        #expect(catalog.definitions.map(\.id) == ["a"])
        #expect(catalog.rejected.map(\.file) == ["b.json"])
        #expect(catalog.rejected[0].diagnostics[0].description.hasPrefix("b.json:1:2: not JSON"))
        let error = #expect(throws: EmbeddingError.self) { try catalog.definition("b") }
        #expect(error?.message.contains("its file cannot be used: b.json:1:2") == true)
    }

    @Test("An unknown id lists the known ones")
    func unknown() throws {
        let directory = try Directory()
        try directory.write("a.json", self.file("openai"))
        try directory.write("b.json", self.file("cohere"))
        let catalog = try ProviderCatalog(directory: directory.url.path)
        let error = #expect(throws: EmbeddingError.self) { try catalog.definition("opneai") }
        #expect(error?.kind == .configuration)
        #expect(error?.description == "opneai: there is no such provider; did you mean openai? known are cohere, openai")
    }

    @Test("An id that two files claim belongs to the first of them")
    func duplicates() throws {
        let directory = try Directory()
        try directory.write("a.json", self.file("x", items: 1))
        try directory.write("b.json", self.file("x", items: 2))
        let catalog = try ProviderCatalog(directory: directory.url.path)
        #expect(try catalog.definition("x").limits.items == 1)
        #expect(catalog.rejected.map(\.file) == ["b.json"])
        #expect(catalog.rejected[0].diagnostics[0].problem.contains("a.json already"))
    }

    @Test("A second file of an id that is in force does not take it over, whatever its name")
    func intruder() throws {
        let directory = try Directory()
        try directory.write("b.json", self.file("x", items: 2))
        let catalog = try ProviderCatalog(directory: directory.url.path)
        try directory.write("a.json", self.file("x", items: 1))
        #expect(try !catalog.reload())
        #expect(try catalog.definition("x").limits.items == 2)
        #expect(catalog.rejected.map(\.file) == ["a.json"])
        #expect(catalog.rejected[0].diagnostics[0].problem.contains("b.json already"))
        try directory.delete("b.json")
        #expect(try catalog.reload())
        #expect(try catalog.definition("x").limits.items == 1)
    }

    @Test("A bad edit keeps the last good definition in force and says so, until it is mended or deleted")
    func reload() throws {
        let directory = try Directory()
        try directory.write("a.json", self.file("a", items: 4))
        let catalog = try ProviderCatalog(directory: directory.url.path)
        #expect(try !catalog.reload())
        try directory.write("a.json", self.file("a", items: 0))
        #expect(try !catalog.reload())
        #expect(try catalog.definition("a").limits.items == 4)
        #expect(catalog.rejected.map(\.keeps) == ["a"])
        try directory.write("a.json", self.file("a", items: 5))
        try directory.write("new.json", self.file("new"))
        #expect(try catalog.reload())
        #expect(try catalog.definition("a").limits.items == 5)
        #expect(try catalog.definition("new").id == "new")
        #expect(catalog.rejected.isEmpty)
        try directory.write("a.json", "{")
        try catalog.reload()
        try directory.delete("a.json")
        #expect(try catalog.reload())
        #expect(catalog.definitions.map(\.id) == ["new"])
    }

    @Test("A directory that is not there is an error that names it")
    func missing() {
        let error = #expect(throws: ProviderDiagnostic.self) { try ProviderCatalog(directory: "/no/such/providers") }
        #expect(error?.description == "/no/such/providers: the directory of providers cannot be read")
    }
}
