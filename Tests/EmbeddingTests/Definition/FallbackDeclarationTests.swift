import Embedding
import Foundation
import Testing

struct FallbackDeclarationTests {
    private func file(_ id: String, space: String = "s", fallback: String = "[]") -> String {
        ProviderDefinitionTests.good.replacing("\"acme\"", with: "\"\(id)\"").replacing("\"acme-8\"", with: "\"\(space)\"")
            .replacing("\"model\": \"m\",", with: "\"model\": \"m\", \"fallback\": \(fallback),")
    }

    private func catalog(_ files: [String: String]) throws -> ProviderCatalog {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pulse-fallback-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: "\(name).json")) }
        let catalog = try ProviderCatalog(directory: directory.path)
        try FileManager.default.removeItem(at: directory)
        return catalog
    }

    @Test("A fallback of another space is told, with both spaces named, and its provider works on without it")
    func otherSpace() throws {
        let catalog = try self.catalog(["a": self.file("a", fallback: #"["b"]"#), "b": self.file("b", space: "t")])
        #expect(catalog.definitions.map(\.id) == ["a", "b"])
        #expect(catalog.rejected.map(\.keeps) == ["a"])
        #expect(
            catalog.rejected.flatMap(\.diagnostics).map(\.description) == [
                "a.json: fallback[0]: b has the vector space t of 8 dimensions, and this provider has s of 8; only providers of the "
                    + "same space can stand in for each other; take it out, or use `pulse reindex`"
            ]
        )
    }

    @Test("An edit that names a fallback of another space changes nothing; one of its fallback's space does not stop it")
    func edits() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "pulse-fallback-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        func write(_ id: String, _ text: String) throws { try Data(text.utf8).write(to: directory.appending(path: "\(id).json")) }
        try write("a", self.file("a", fallback: #"["b"]"#))
        try write("b", self.file("b"))
        try write("c", self.file("c", space: "t"))
        let catalog = try ProviderCatalog(directory: directory.path)
        try write("a", self.file("a", fallback: #"["c"]"#))
        try catalog.reload()
        #expect(try catalog.definition("a").fallback == ["b"])
        #expect(catalog.rejected.map(\.keeps) == ["a"])
        #expect(catalog.rejected.flatMap(\.diagnostics).map(\.path) == ["fallback[0]"])
        // The bad edit is of b: what is changed in a's own file is in force.
        try write("b", self.file("b", space: "t"))
        try write("a", self.file("a", fallback: #"["b"]"#).replacing("\"items\": 4", with: "\"items\": 7"))
        try catalog.reload()
        #expect(try catalog.definition("a").limits.items == 7)
        #expect(catalog.rejected.map(\.file) == ["a.json"] && catalog.rejected.map(\.keeps) == ["a"])
        try write("b", self.file("b"))
        try catalog.reload()
        #expect(catalog.rejected.isEmpty)
    }

    @Test("A fallback that is not there is told, and its provider works on")
    func missing() throws {
        let catalog = try self.catalog(["a": self.file("a", fallback: #"["c"]"#), "b": self.file("b")])
        #expect(catalog.definitions.map(\.id) == ["a", "b"])
        #expect(catalog.rejected.map(\.keeps) == ["a"])
        #expect(
            catalog.rejected.flatMap(\.diagnostics).map(\.description) == [
                "a.json: fallback[0]: there is no provider c; of the same space: b"
            ]
        )
    }

    @Test("A fallback of the same space is good, and validation of one file sees the others")
    func good() throws {
        let catalog = try self.catalog(["a": self.file("a", fallback: #"["b"]"#), "b": self.file("b")])
        #expect(catalog.rejected.isEmpty)
        #expect(try catalog.definition("a").fallback == ["b"])
        let bytes = Array(self.file("x", space: "t", fallback: #"["b"]"#).utf8)
        let complaints = ProviderDefinition.validate(bytes: bytes, fileName: "new.json", among: catalog.definitions)
        #expect(complaints.map(\.path) == ["fallback[0]"] && complaints.map(\.file) == ["new.json"])
    }

    @Test("What is no list of other ids is named", arguments: [#""b""#, "[1]", #"["a"]"#, #"["b","b"]"#, #"["B C"]"#])
    func malformed(fallback: String) throws {
        let bytes = Array(self.file("a", fallback: fallback).utf8)
        #expect(ProviderDefinition.validate(bytes: bytes, fileName: "a.json").map(\.path) == ["fallback"])
    }

    @Test("Providers of one host and one secret share an account, those of another do not, and no secret is in its name")
    func accounts() throws {
        func account(_ text: String, url: String? = nil) throws -> String {
            let definition = try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "a.json").get()
            return definition.accountName { ["ACME_KEY": "SECRET", "ACME_URL": url ?? "https://one.example/x"][$0] }
        }
        #expect(try account(self.file("a")) == "one.example env:ACME_KEY")
        #expect(try account(self.file("b", space: "t")) == account(self.file("a")))
        #expect(try account(self.file("a"), url: "https://two.example") == "two.example env:ACME_KEY")
        #expect(try account(self.file("a").replacing("env:ACME_KEY", with: "env:OTHER_KEY")) != account(self.file("a")))
        let named = self.file("a").replacing("\"model\": \"m\",", with: "\"model\": \"m\", \"account\": \"team\",")
        #expect(try account(named) == "account team")
        let own = try ProviderDefinition.read(bytes: Array(named.utf8), fileName: "a.json").get()
        #expect(own.accountName(of: "t1") { _ in nil } != own.accountName(of: "t2") { _ in nil })
    }
}
