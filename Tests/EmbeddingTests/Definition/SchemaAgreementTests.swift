import Foundation
import Testing

@testable import Embedding

@Suite("provider.schema.json and the reader of provider files say the same")
struct SchemaAgreementTests {
    private static func schema() throws -> SchemaCheck {
        let path = ProviderContractTests.directory + "/" + ProviderCatalog.schemaFile
        return SchemaCheck(root: try JSONNodeParser.parse(Array(try Data(contentsOf: URL(filePath: path)))))
    }

    private func isValid(_ text: String, file: String = "acme.json") -> Bool {
        ProviderDefinition.validate(bytes: Array(text.utf8), fileName: file).isEmpty
    }

    @Test("Every file that is shipped is good by both")
    func shipped() throws {
        let schema = try Self.schema()
        let files = try FileManager.default.contentsOfDirectory(atPath: ProviderContractTests.directory)
            .filter { $0.hasSuffix(".json") && $0 != ProviderCatalog.schemaFile }
        #expect(files.count >= 23)
        for file in files {
            let data = try Data(contentsOf: URL(filePath: ProviderContractTests.directory + "/" + file))
            #expect(try schema.accepts(try JSONNodeParser.parse(Array(data))), "\(file)")
            #expect(self.isValid(String(decoding: data, as: UTF8.self), file: file), "\(file)")
        }
    }

    /// What to replace in the good file, and by what.
    static let bad: [(String, String)] = [
        ("\"id\": \"acme\",", ""), ("\"id\": \"acme\"", "\"id\": \"Acme One\""), ("\"id\": \"acme\"", "\"id\": 7"),
        ("\"name\": \"Acme\"", "\"name\": \"\""), ("\"kind\": \"http\"", "\"kind\": \"grpc\""),
        ("\"kind\": \"http\"", "\"kind\": null"),
        ("\"kind\": \"http\"", "\"kind\": \"on-device\""), ("\"verified\": \"documentation\"", "\"verified\": \"yes\""),
        ("\"dimensions\": 8", "\"dimensions\": 0"), ("\"dimensions\": 8", "\"dimensions\": 8.5"),
        ("\"dimensions\": 8", "\"dimensions\": \"8\""), ("\"name\": \"acme-8\", ", ""), ("\"model\": \"m\"", "\"model\": []"),
        ("\"model\": \"m\",", "\"model\": \"m\", \"modle\": \"m\","), ("\"items\": 4", "\"items\": 0"),
        ("\"items\": 4", "\"item\": 4"),
        ("\"tokensPerItem\": 100", "\"tokensPerItem\": 15"), ("\"tokensPerItem\": 100", "\"tokensPerItem\": 100, \"bytes\": 1"),
        ("\"limits\": {", "\"rates\": {\"requestsPerMinute\": 0}, \"limits\": {"),
        ("\"limits\": {", "\"rates\": {\"requestsPerSecond\": 1}, \"limits\": {"),
        ("\"limits\": {", "\"price\": {}, \"limits\": {"),
        ("\"limits\": {", "\"price\": {\"perMillionTokens\": -1}, \"limits\": {"),
        ("\"limits\": {", "\"tasks\": {\"documents\": {}}, \"limits\": {"),
        ("\"limits\": {", "\"tasks\": {\"document\": {\"model\": \"\"}}, \"limits\": {"),
        ("\"limits\": {", "\"fallback\": \"b\", \"limits\": {"), ("\"limits\": {", "\"fallback\": [\"b\",\"b\"], \"limits\": {"),
        ("\"limits\": {", "\"account\": \"A B\", \"limits\": {"),
        ("\"limits\": {", "\"errors\": {\"rules\": [{\"then\": \"split\"}]}, \"limits\": {"),
        ("\"limits\": {", "\"errors\": {\"rules\": [{\"status\": 200, \"then\": \"split\"}]}, \"limits\": {"),
        ("\"limits\": {", "\"errors\": {\"rules\": [{\"status\": 400, \"then\": \"ignore\"}]}, \"limits\": {"),
        ("\"limits\": {", "\"errors\": {\"rules\": {}}, \"limits\": {"),
        ("\"limits\": {", "\"retryAfter\": [{}], \"limits\": {"),
        ("\"limits\": {", "\"retryAfter\": [{\"header\": \"a\", \"body\": \"b\"}], \"limits\": {"),
        ("\"limits\": {", "\"retryAfter\": [{\"header\": \"a\", \"unit\": \"minutes\"}], \"limits\": {"),
        ("\"limits\": {", "\"rateHeaders\": {\"remaining\": \"a\"}, \"limits\": {"),
        ("{{base}}/embed", "ftp://x/embed"), ("{{base}}/embed", "https://x/embed?a=b"), ("{{base}}/embed", "https://x y"),
        ("\"request\": { \"url\"", "\"request\": { \"uri\""), ("\"request\": {", "\"request\": { \"method\": \"GET\","),
        ("\"request\": {", "\"request\": { \"mode\": \"stream\","), ("\"request\": {", "\"request\": { \"timeoutSeconds\": 0,"),
        ("\"request\": {", "\"request\": { \"headers\": {\"a\": 1},"),
        ("{ \"model\": \"{{model}}\", \"input\": \"{{texts}}\" }", "\"{{texts}}\""),
        ("\"vectors\": \"data[*].embedding\"", "\"vectors\": \"\""),
        ("\"vectors\": \"data[*].embedding\"", "\"vector\": \"a[*]\""),
        ("\"vectors\": \"data[*].embedding\"", "\"vectors\": \"a[*]\", \"encoding\": \"float16\""),
        ("\"vectors\": \"data[*].embedding\"", "\"vectors\": \"a[*]\", \"normalize\": true"),
        ("\"vectors\": \"data[*].embedding\"", "\"vectors\": \"a[*]\", \"usage\": {\"from\": \"body\"}"),
        ("\"kind\": \"bearer\"", "\"kind\": \"digest\""), ("\"kind\": \"bearer\", ", ""), ("\"env:ACME_KEY\"", "\"abcdefgh\""),
        ("\"env:ACME_KEY\"", "\"env:1X\""), ("\"env:ACME_KEY\"", "\"vault:\""), ("\"kind\": \"bearer\"", "\"kind\": \"header\""),
        ("\"kind\": \"bearer\"", "\"kind\": \"bearer\", \"scheme\": \"x\""),
        ("\"kind\": \"bearer\"", "\"kind\": \"bearer\", \"optional\": \"yes\""),
        ("\"kind\": \"bearer\"", "\"kind\": \"aws-sigv4\""), ("\"kind\": \"bearer\"", "\"kind\": \"google-service-account\""),
        ("\"id\": \"acme\",", "\"id\": \"acme\", \"version\": 2,"),
        ("\"dimensions\": 8", "\"dimensions\": 8, \"metric\": \"l1\""),
        ("\"dimensions\": 8", "\"dimensions\": 8, \"normalized\": 1"),
        ("\"dimensions\": 8", "\"dimensions\": 8, \"allowedDimensions\": []"),
        ("\"dimensions\": 8", "\"dimensions\": 8, \"allowedDimensions\": [8, 8]"),
        ("\"dimensions\": 8", "\"dimensions\": 8, \"allowedDimensions\": [8, 0]"),
        ("\"request\": {", "\"request\": { \"proxy\": \"proxy:3128\","), ("\"request\": {", "\"request\": { \"proxy\": \"\","),
        ("\"request\": {", "\"request\": { \"proxy\": \"https://proxy:3128\","),
        ("\"request\": {", "\"request\": { \"proxy\": \"http://team:secret@proxy:3128\","),
        ("\"request\": {", "\"request\": { \"proxy\": {\"from\": \"env:P\", \"default\": \"proxy\"},"),
        ("\"request\": {", "\"request\": { \"caBundle\": \"ca.pem\","), ("\"request\": {", "\"request\": { \"caBundle\": true,"),
        ("\"from\": \"env:ACME_URL\"", "\"from\": \"ACME_URL\""), ("\"base\": {", "\"model\": {"), ("\"base\": {", "\"b c\": {"),
    ]

    @Test("What one refuses, the other refuses", arguments: bad)
    func refused(old: String, new: String) throws {
        try #require(ProviderDefinitionTests.good.contains(old))
        let text = ProviderDefinitionTests.good.replacing(old, with: new)
        #expect(try !Self.schema().accepts(try JSONNodeParser.parse(Array(text.utf8))), "the schema accepts it")
        #expect(!self.isValid(text), "the reader accepts it")
    }

    @Test("What is right by the one is right by the other", arguments: SchemaAgreementTests.good)
    func accepted(old: String, new: String) throws {
        try #require(ProviderDefinitionTests.good.contains(old))
        let text = ProviderDefinitionTests.good.replacing(old, with: new)
        #expect(try Self.schema().accepts(try JSONNodeParser.parse(Array(text.utf8))))
        #expect(ProviderDefinition.validate(bytes: Array(text.utf8), fileName: "a.json").map(\.description) == [])
    }

    static let good: [(String, String)] = [
        ("\"id\"", "\"$schema\": \"./provider.schema.json\", \"id\""),
        ("\"id\": \"acme\",", "\"id\": \"acme\", \"version\": 1,"),
        (
            "\"dimensions\": 8",
            "\"dimensions\": 8, \"allowedDimensions\": [4, 8], \"metric\": \"dot\", \"normalized\": true"
        ),
        ("\"request\": {", "\"request\": { \"proxy\": \"http://proxy.example:3128\", \"caBundle\": \"/etc/ca.pem\","),
        ("\"request\": {", "\"request\": { \"proxy\": \"env:P\", \"caBundle\": \"vault:ca\","),
        (
            "\"request\": {",
            "\"request\": { \"proxy\": {\"from\": \"env:P\", \"default\": \"\"}, \"caBundle\": {\"from\": \"env:C\", \"default\": \"/a.pem\"},"
        ),
        ("\"model\": \"m\",", "\"model\": \"m\", \"notes\": \"n\","),
        ("\"limits\": {", "\"fallback\": [\"b\",\"c\"], \"account\": \"team\", \"limits\": {"),
        (
            "\"limits\": {",
            "\"rates\": {\"requestsPerMinute\": 0.5, \"tokensPerMinute\": 1e6, \"itemsPerMinute\": 3}, \"limits\": {"
        ),
        (
            "\"limits\": {",
            "\"rateHeaders\": {\"remainingRequests\": \"a\", \"limitTokens\": \"b\"}, \"retryAfter\": [{\"body\": \"a[0].b\", \"unit\": \"duration\"}], \"limits\": {"
        ),
        (
            "\"limits\": {",
            "\"errors\": {\"rules\": [{\"status\": [400, 413], \"message\": \"a|b\", \"then\": \"split\"}]}, \"limits\": {"
        ),
        ("{{base}}/embed", "https://x.example/v1/embed"), ("\"vectors\": \"data[*].embedding\"", "\"vectors\": \"$[*]\""),
        ("\"vectors\": \"data[*].embedding\"", "\"vectors\": \"a[*].b[0]\", \"index\": \"a[*].c\", \"encoding\": \"ubinary\""),
        ("{ \"kind\": \"bearer\", \"secret\": \"env:ACME_KEY\" }", "{ \"kind\": \"none\" }"),
        (
            "{ \"kind\": \"bearer\", \"secret\": \"env:ACME_KEY\" }",
            "{ \"kind\": \"basic\", \"user\": \"env:U\", \"secret\": \"vault:k\" }"
        ),
        (
            "{ \"kind\": \"bearer\", \"secret\": \"env:ACME_KEY\" }",
            "{ \"kind\": \"query\", \"name\": \"key\", \"secret\": \"env:K\" }"
        ),
        (
            "{ \"kind\": \"bearer\", \"secret\": \"env:ACME_KEY\" }",
            "{ \"kind\": \"oauth-client-credentials\", \"tokenURL\": \"https://t.example/token\", \"form\": {\"grant_type\": \"client_credentials\", \"client_id\": \"env:I\", \"client_secret\": \"env:S\"} }"
        ),
    ]
}
