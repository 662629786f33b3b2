import Embedding
import Foundation
import Testing

@testable import Vectorization

struct ProviderNewsTests {
    private func definition(_ id: String, items: Int = 4, fallback: String = "[]") throws -> ProviderDefinition {
        let text = """
            {"id": "\(id)", "name": "A", "kind": "http", "verified": "documentation", "space": {"name": "s", "dimensions": 8}, "model": "m",
             "fallback": \(fallback), "request": {"url": "https://a.example", "body": {"input": "{{texts}}"}},
             "authorization": {"kind": "none"},
             "response": {"vectors": "data[*]"}, "limits": {"items": \(items), "tokensPerItem": 100}}
            """
        return try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "\(id).json").get()
    }

    @Test("Who has come or has changed is told once, and with it those whose fallback it is; who has gone is not")
    func news() throws {
        var news = ProviderNews()
        #expect(news.take([try self.definition("a")]) == ["a"])
        #expect(news.take([try self.definition("a")]).isEmpty)
        #expect(news.take([try self.definition("a", items: 5)]) == ["a"])
        let two = [try self.definition("a", items: 5), try self.definition("b", fallback: #"["c"]"#)]
        #expect(news.take(two) == ["b"])
        #expect(news.take(two + [try self.definition("c")]) == ["c", "b"])
        #expect(news.take(two).isEmpty)
        #expect(news.take(two + [try self.definition("c")]) == ["c", "b"])
    }
}
