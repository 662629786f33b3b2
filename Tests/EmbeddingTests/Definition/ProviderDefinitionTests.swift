import Embedding
import Testing

struct ProviderDefinitionTests {
    static let good = """
        {
          "id": "acme",
          "name": "Acme",
          "kind": "http",
          "verified": "documentation",
          "space": { "name": "acme-8", "dimensions": 8 },
          "model": "m",
          "variables": { "base": { "from": "env:ACME_URL", "default": "http://127.0.0.1:1" } },
          "request": { "url": "{{base}}/embed", "body": { "model": "{{model}}", "input": "{{texts}}" } },
          "authorization": { "kind": "bearer", "secret": "env:ACME_KEY" },
          "response": { "vectors": "data[*].embedding" },
          "limits": { "items": 4, "tokensPerItem": 100 }
        }
        """

    private func problems(_ text: String, origin: ProviderDefinition.Origin = .installation) -> [ProviderDiagnostic] {
        ProviderDefinition.validate(bytes: Array(text.utf8), fileName: "acme.json", origin: origin)
    }

    /// The good file with one replacement.
    private func problems(_ old: String, _ new: String) -> [String] {
        precondition(Self.good.contains(old))
        return self.problems(Self.good.replacing(old, with: new)).map(\.description)
    }

    @Test("A good file has no diagnostics")
    func goodFile() throws {
        #expect(self.problems(Self.good) == [])
        let definition = try ProviderDefinition.read(bytes: Array(Self.good.utf8), fileName: "acme.json").get()
        #expect(definition.id == "acme" && definition.space == VectorSpace(name: "acme-8", dimensions: 8))
        #expect(definition.limits == EmbeddingLimits(items: 4, tokensPerItem: 100))
        #expect(definition.pricePerMillionTokens == nil)
    }

    @Test(
        "Malformed JSON is named with line and column",
        arguments: [
            ("{\n  \"id\": \"a\",\n  \"name\" \"b\"\n}", "acme.json:3:10: not JSON: expected : after \"name\""),
            ("", "acme.json:1:1: not JSON: the text ends where a value is expected"),
            ("{\"id\": 01}", "acme.json:1:10: not JSON: a number cannot begin with 0"),
            (
                "{\"id\": \"a\nb\"}",
                "acme.json:1:10: not JSON: a string cannot hold a line break as it is; escape it, or close the string"
            ),
            ("{} x", "acme.json:1:4: not JSON: nothing may follow the value"),
            ("{\"id\": 1,}", "acme.json:1:10: not JSON: a comma stands before another key, and none follows"),
            ("{'id': 1}", "acme.json:1:2: not JSON: expected a key in quotation marks"),
            (String(repeating: "[", count: 100), "acme.json:1:65: not JSON: nested deeper than 64 levels"),
        ]
    )
    func malformed(text: String, message: String) {
        #expect(self.problems(text).map(\.description) == [message])
    }

    @Test("An unknown key is named with its place and the key that was probably meant")
    func unknownKey() {
        #expect(
            self.problems("\"tokensPerItem\"", "\"tokenPerItem\"") == [
                "acme.json:12:13: limits.tokensPerItem: is missing; a whole number from 16 to 10000000 is expected",
                "acme.json:12:27: limits.tokenPerItem: unknown key; did you mean \"tokensPerItem\"?",
            ]
        )
        #expect(
            self.problems("\"model\": \"m\",", "\"model\": \"m\", \"zzzzzz\": 1,")[0].contains(
                "zzzzzz: unknown key; known here: $schema, id"
            )
        )
        #expect(
            self.problems("\"id\": \"acme\",", "\"id\": \"acme\", \"id\": \"acme\",").contains {
                $0.contains("id: is given more than once")
            }
        )
    }

    @Test(
        "What is wrong is named with what is allowed",
        arguments: [
            ("\"items\": 4", "\"items\": \"4\"", "limits.items: is a string; a whole number from 1 to 100000 is expected"),
            ("\"items\": 4", "\"items\": 0", "limits.items: is not a whole number in range"),
            ("\"kind\": \"http\"", "\"kind\": \"https\"", "kind: \"https\" is not known; one of http, on-device"),
            (
                "\"kind\": \"bearer\"", "\"kind\": \"token\"",
                "authorization.kind: \"token\" is not known; one of none, bearer, header"
            ),
            ("data[*].embedding", "data[*.embedding", "response.vectors: \"data[*.embedding\" is not a path"),
            ("data[*].embedding", "data.embedding", "response.vectors: selects a single vector"),
            ("{{texts}}", "{{text}}", "{{text}} cannot stand here; use {{texts}}"),
            ("{{texts}}", "some text", "request.body: the texts have no place"),
            (
                "\"{{model}}\"", "\"{{modell}}\"",
                "request.body.model: {{modell}} is not a known placeholder; did you mean {{model}}?"
            ),
            ("\"{{model}}\"", "\"{{task}}\"", "request.body: {{task}} has no value; set tasks.document.value"),
            ("{{base}}/embed", "{{bas}}/embed", "request.url: {{bas}} is not a known placeholder; did you mean {{base}}?"),
            ("{{base}}/embed", "{{base/embed", "request.url: a {{ is not closed"),
            ("{{base}}/embed", "ftp://x/embed", "request.url: is no URL"),
            ("{{base}}/embed", "https://user:pw@x/embed", "request.url: holds credentials"),
            ("{{base}}/embed", "https://x/embed?key=1", "request.url: holds a query or fragment"),
            ("\"id\": \"acme\"", "\"id\": \"A cme\"", "id: \"A cme\" is not a name"),
            ("\"dimensions\": 8", "\"dimensions\": 8.5", "space.dimensions: is not a whole number in range"),
            ("\"limits\": {", "\"tasks\": {\"query\": {\"value\": \"q\"}}, \"limits\": {", "{{task}} has no place"),
            (
                "\"limits\": {", "\"errors\": {\"rules\": [{\"message\": \"(\", \"then\": \"split\"}]}, \"limits\": {",
                "is not a regular expression"
            ),
            ("\"limits\": {", "\"errors\": {\"rules\": [{\"then\": \"split\"}]}, \"limits\": {", "matches everything"),
            (
                "\"limits\": {", "\"errors\": {\"rules\": [{\"status\": 200, \"then\": \"ignore\"}]}, \"limits\": {",
                "is no HTTP error status"
            ),
            (
                "\"limits\": {", "\"errors\": {\"rules\": [{\"status\": \"429\", \"then\": \"retry\"}]}, \"limits\": {",
                "is no HTTP error status"
            ),
            (
                "\"limits\": {", "\"retryAfter\": [{\"header\": \"a\", \"body\": \"b\"}], \"limits\": {",
                "retryAfter[0]: names two places; give one of \"header\""
            ),
            ("\"kind\": \"http\",", "", "kind: is missing; one of http, on-device"),
            ("\"kind\": \"bearer\", ", "", "authorization.kind: is missing; one of none, bearer, header"),
            (
                "\"authorization\": { \"kind\": \"bearer\", \"secret\": \"env:ACME_KEY\" },", "",
                "authorization: is missing; an object is expected: {\"kind\": \"none\"}"
            ),
            ("{ \"vectors\": \"data[*].embedding\" }", "{}", "response.vectors: is missing; a path is expected: write it like"),
            (", \"secret\": \"env:ACME_KEY\"", "", "authorization.secret: is missing; write env:NAME or vault:ID"),
            ("\"base\": {", "\"model\": \"x\", \"base\": {", "variables.model: is a name that the format uses itself"),
        ]
    )
    func wrong(old: String, new: String, message: String) {
        let problems = self.problems(old, new)
        #expect(problems.contains { $0.contains(message) }, "\(problems)")
        #expect(problems.allSatisfy { $0.hasPrefix("acme.json:") })
    }

    @Test(
        "A header that can never be sent is named",
        arguments: [
            (#""kind": "header", "name": "X Key", "secret""#, "authorization.name"),
            (#""kind": "header", "name": "Schlüssel", "secret""#, "authorization.name"),
            (#""kind": "header", "name": "X-Key:", "secret""#, "authorization.name"),
            (#""kind": "header", "name": "X-Key", "prefix": "a\nb", "secret""#, "authorization.prefix"),
        ]
    )
    func authorizationHeaders(authorization: String, path: String) {
        let text = Self.good.replacing(#""kind": "bearer", "secret""#, with: authorization)
        #expect(self.problems(text).map(\.path) == [path])
        let good = Self.good.replacing(#""kind": "bearer", "secret""#, with: #""kind": "header", "name": "x_!~1", "secret""#)
        #expect(self.problems(good) == [])
    }

    @Test(
        "A header of a request that can never be sent is named",
        arguments: [("X-Größe", "1"), ("X(1)", "1"), ("X-A", #"a\u0000b"#)]
    )
    func requestHeaders(name: String, value: String) {
        let text = Self.good.replacing(#""request": {"#, with: #""request": { "headers": {"\#(name)": "\#(value)"},"#)
        #expect(self.problems(text).map(\.path) == ["request.headers.\(name)"])
    }

    @Test("A tenant's provider goes straight ahead, with the machine's certificates")
    func tenantsRoute() {
        let good = Self.good.replacing("env:", with: "vault:")
        for (key, value) in [("caBundle", "vault:ca"), ("caBundle", "/etc/ca.pem"), ("proxy", "vault:proxy")] {
            let text = good.replacing("\"request\": {", with: "\"request\": { \"\(key)\": \"\(value)\",")
            let problems = self.problems(text, origin: .tenant)
            #expect(
                problems.map(\.path) == ["request.\(key)"] && problems.allSatisfy { $0.remedy == "leave it out" },
                "\(problems)"
            )
        }
    }

    @Test("The host of a token endpoint is known with its variables filled in, and its address has to be one")
    func tokenHost() throws {
        func file(_ url: String) -> String {
            Self.good.replacing(
                #"{ "kind": "bearer", "secret": "env:ACME_KEY" }"#,
                with: #"{"kind": "oauth-client-credentials", "tokenURL": "\#(url)", "form": {"grant_type": "g"}}"#
            )
        }
        let text = file("{{base}}:8/token?a=b")
        let definition = try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get()
        #expect(definition.tokenHost(environment: { _ in "https://tokens.acme.example" }) == "tokens.acme.example:8")
        let good = try ProviderDefinition.read(bytes: Array(Self.good.utf8), fileName: "acme.json").get()
        #expect(good.tokenHost(environment: { _ in nil }) == nil)
        #expect(self.problems(file("tokens.acme.example")).map(\.path) == ["authorization.tokenURL"])
    }

    @Test("All faults of a file are reported at once")
    func all() {
        let text = Self.good.replacing("\"items\": 4", with: "\"items\": -1").replacing("\"name\": \"Acme\"", with: "\"name\": 7")
            .replacing("\"kind\": \"bearer\"", with: "\"kind\": \"barer\"")
        #expect(self.problems(text).map(\.path) == ["name", "authorization.kind", "limits.items"])
    }

    @Test(
        "A literal secret is refused wherever it stands, and never repeated",
        arguments: [
            ("\"env:ACME_KEY\"", "\"verysecretvalue\""), ("\"env:ACME_KEY\"", "\"env:not a name\""),
            ("\"{{model}}\"", "\"sk-abcdefghijklmnopqrstuvwx\""),
            ("\"url\":", "\"headers\": {\"X-Api-Key\": \"verysecretvalue\"}, \"url\":"),
            ("\"url\":", "\"query\": {\"key\": \"verysecretvalue\"}, \"url\":"),
        ]
    )
    func literalSecret(old: String, new: String) {
        let problems = self.problems(old, new)
        #expect(problems.contains { $0.contains("secret") && $0.contains("env:NAME") })
        #expect(problems.allSatisfy { !$0.contains("verysecret") && !$0.contains("sk-abc") })
    }

    @Test("A tenant's file may name its vault and no environment")
    func tenant() {
        let problems = self.problems(Self.good, origin: .tenant)
        #expect(problems.map(\.path) == ["variables.base.from", "authorization.secret"])
        #expect(problems.allSatisfy { $0.problem.contains("cannot use environment variables") })
        let vault = Self.good.replacing("env:", with: "vault:")
        #expect(self.problems(vault, origin: .tenant) == [])
    }

    @Test("A tenant's provider is asked less at once than the installation's may be")
    func tenantsConcurrency() {
        let good = Self.good.replacing("env:", with: "vault:")
        for (concurrency, isTaken) in [(16, true), (17, false), (1024, false)] {
            let text = good.replacing("\"items\": 4", with: "\"items\": 4, \"concurrency\": \(concurrency)")
            let problems = self.problems(text, origin: .tenant)
            #expect(isTaken ? problems == [] : problems.map(\.path) == ["limits.concurrency"], "\(problems)")
            #expect(self.problems(text.replacing("vault:", with: "env:")) == [])
        }
    }

    @Test("A tenant's provider is waited for no longer than a minute")
    func tenantsTimeout() {
        let good = Self.good.replacing("env:", with: "vault:")
        for (seconds, isTaken) in [(60, true), (61, false), (3600, false)] {
            let text = good.replacing("\"request\": {", with: "\"request\": { \"timeoutSeconds\": \(seconds),")
            let problems = self.problems(text, origin: .tenant)
            #expect(isTaken ? problems == [] : problems.map(\.path) == ["request.timeoutSeconds"], "\(problems)")
            #expect(self.problems(text.replacing("vault:", with: "env:")) == [])
        }
    }

    private func rules(_ rules: [String]) -> String {
        Self.good.replacing("env:", with: "vault:")
            .replacing("\"limits\": {", with: "\"errors\": {\"rules\": [\(rules.joined(separator: ", "))]}, \"limits\": {")
    }

    private func rule(_ pattern: String) -> String {
        #"{"message": "\#(pattern.replacing(#"\"#, with: #"\\"#))", "then": "retry"}"#
    }

    @Test(
        "A tenant's error rule that might be matched for long is refused, with what is allowed; the installation's own is not",
        arguments: [
            "(a+a+)+y", "a*a*a*a*a*b", "(a|a)*y", "(a?){40}y", "((ab)+c)*", #"(a*)\1"#, #"(?<x>a)\k<x>"#, ".*a.{3,}b",
            String(repeating: "a?", count: 30) + String(repeating: "a", count: 30), String(repeating: "(a|a)", count: 30) + "y",
            ".{0,300}a.{0,300}b", "(?x)a # [\\n", #"[\Q[\E](a+)+y]"#, #"\c[(a+)+y]"#, String(repeating: "a", count: 600),
        ]
    )
    func costlyRules(pattern: String) {
        let text = self.rules([self.rule(pattern)])
        let problems = self.problems(text, origin: .tenant)
        #expect(problems.map(\.path) == ["errors.rules[0].message"], "\(problems)")
        let allowed = "may take too long to match; a tenant's expression is made of literals"
        #expect(problems.first?.description.contains(allowed) == true)
        #expect(self.problems(text.replacing("vault:", with: "env:")) == [])
    }

    @Test(
        "A tenant's error rule that is soon matched is taken",
        arguments: [
            "rate.?limit|too many requests|throttl", #"maximum .*(token|length|context)s?\b"#, "[^a-z]+", #"\d{3,5}: \p{L}+?"#,
            "(?:exceed|longer).{0,60}token", "(ab){2,5}c", #"\(a\)[*+?\]]"#,
        ]
    )
    func plainRules(pattern: String) {
        #expect(self.problems(self.rules([self.rule(pattern)]), origin: .tenant) == [])
    }

    @Test("A tenant's file has a limited number of error rules")
    func manyRules() {
        let rules = Array(repeating: self.rule("a"), count: 33)
        #expect(self.problems(self.rules(Array(rules.prefix(32))), origin: .tenant) == [])
        let problems = self.problems(self.rules(rules), origin: .tenant)
        #expect(problems.map(\.path) == ["errors.rules"])
        #expect(problems.first?.description.contains("at most 32") == true)
    }

    @Test("A secret that is not there is named with its place and what to do")
    func missing() throws {
        let bytes = Array(Self.good.utf8)
        let definition = try ProviderDefinition.read(bytes: bytes, fileName: "acme.json").get()
        let missing = definition.missing(in: bytes, fileName: "acme.json") { _ in nil }
        #expect(
            missing.map(\.description) == [
                "acme.json:10:50: authorization.secret: env:ACME_KEY is not set here; set the environment variable ACME_KEY where the "
                    + "provider is to be used"
            ]
        )
        #expect(definition.missing(in: bytes, fileName: "acme.json") { _ in "x" } == [])
    }

    @Test("On the device there is nothing to ask over HTTP")
    func onDevice() {
        let problems = self.problems("\"kind\": \"http\"", "\"kind\": \"on-device\"")
        #expect(problems.count == 3)
        #expect(problems.allSatisfy { $0.contains("does not apply to an on-device provider") })
    }
}
