import Embedding
import HTTPTransport
import Synchronization
import Testing

/// What goes over the wire, feature by feature of the format.
struct RequestTests {
    private func request(
        _ changes: [(String, String)],
        texts: [String] = ["a", "b"],
        task: EmbeddingTask = .document,
        environment: [String: String] = ["ACME_KEY": "s3cret/+ é"]
    ) async throws -> HTTPRequest {
        var text = ProviderDefinitionTests.good
        for (old, new) in changes {
            #expect(text.contains(old))
            text.replace(old, with: new)
        }
        let seen = Mutex<HTTPRequest?>(nil)
        let transport = ScriptedTransport { request in
            seen.withLock { $0 = request }
            return HTTPResponse(status: 500)
        }
        let definition = try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get()
        let provider = try HTTPEmbeddingProvider(definition: definition, transport: transport, environment: { environment[$0] })
        await #expect(throws: EmbeddingError.self) { try await provider.embed(texts, as: task) }
        return try #require(seen.withLock { $0 })
    }

    private func body(_ template: String, tasks: String = "{}", texts: [String] = ["a", "b"], task: EmbeddingTask = .document)
        async throws
        -> String
    {
        let request = try await self.request(
            [
                (#"{ "model": "{{model}}", "input": "{{texts}}" }"#, template),
                ("\"limits\": {", "\"tasks\": \(tasks), \"limits\": {"),
            ],
            texts: texts,
            task: task
        )
        return String(decoding: request.body ?? [], as: UTF8.self)
    }

    @Test("Placeholders alone keep the type of their value, and within a string they are text")
    func types() async throws {
        let body = try await self.body(
            #"{"d": "{{dimensions}}", "t": "m={{model}} d={{dimensions}}", "n": -1.50e3, "x": [null, true, {}], "in": "{{texts}}"}"#
        )
        #expect(body == #"{"d":8,"t":"m=m d=8","n":-1.50e3,"x":[null,true,{}],"in":["a","b"]}"#)
    }

    @Test("A variable that is a number or a truth value stays one, and a text is sent as it is, braces and all")
    func variables() async throws {
        let template = #"{"v": ["{{b}}", "{{n}}", "{{t}}", "{{x}}", "{{y}}", "{{e}}", "{{b}} {{n}}"], "in": "{{texts}}"}"#
        let variables = #""b": false, "n": 1.50, "t": "false", "x": "{{texts}}", "y": "a {{ b""#
        let reference = #""e": {"from": "env:ACME_NUMBER", "default": "7"}"#
        let request = try await self.request([
            (#"{ "model": "{{model}}", "input": "{{texts}}" }"#, template),
            (#""variables": {"#, "\"variables\": { \(variables), \(reference),"),
        ])
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        #expect(body == #"{"v":[false,1.50,"false","{{texts}}","a {{ b","7","false 1.50"],"in":["a","b"]}"#)
    }

    @Test("A map makes one element a text, at any depth")
    func each() async throws {
        let body = try await self.body(#"{"p": {"r": {"$each": {"m": "{{model}}", "c": [{"t": "{{text}}"}]}}}, "k": 1}"#)
        #expect(body == #"{"p":{"r":[{"m":"m","c":[{"t":"a"}]},{"m":"m","c":[{"t":"b"}]}]},"k":1}"#)
    }

    @Test("A task without a value leaves its member out")
    func omitted() async throws {
        let template = #"{"type": "{{task}}", "in": "{{texts}}"}"#
        let tasks = #"{"query": {"value": "q", "prefix": "find: ", "model": "other"}}"#
        #expect(try await self.body(template, tasks: tasks) == #"{"in":["a","b"]}"#)
        #expect(try await self.body(template, tasks: tasks, task: .query) == #"{"type":"q","in":["find: a","find: b"]}"#)
        let modelled = #"{"m": "{{model}}", "type": "{{task}}", "in": "{{texts}}"}"#
        #expect(
            try await self.body(modelled, tasks: tasks, texts: ["a"], task: .query)
                == #"{"m":"other","type":"q","in":["find: a"]}"#
        )
    }

    @Test("Texts are written as JSON strings, whatever is in them")
    func escaping() async throws {
        let body = try await self.body(#"{"in": "{{texts}}"}"#, texts: ["\"\\\n\t\0\u{1F}", "日本 🙂 {{model}}"])
        #expect(body == #"{"in":["\"\\\n\t\u0000\u001f","日本 🙂 {{model}}"]}"#)
    }

    @Test("A provider of single texts is asked once for each, and sums what is billed")
    func single() async throws {
        var text = ProviderDefinitionTests.good.replacing("\"{{texts}}\" }", with: "\"{{text}}\" }, \"mode\": \"single\"")
        text = text.replacing("data[*].embedding\"", with: "v\", \"usage\": {\"from\": \"path\", \"path\": \"n\"}")
        let seen = Mutex<[String]>([])
        let transport = ScriptedTransport { request in
            seen.withLock { $0.append(String(decoding: request.body ?? [], as: UTF8.self)) }
            return HTTPResponse(status: 200, body: Array(#"{"v":[1,0,0,0,0,0,0,0],"n":3}"#.utf8))
        }
        let definition = try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get()
        let provider = try HTTPEmbeddingProvider(
            definition: definition,
            transport: transport,
            environment: { $0 == "ACME_KEY" ? "k" : nil }
        )
        #expect(provider.limits.items == 1)
        let batch = try await provider.embed(["a", "b"], as: .document)
        #expect(batch.vectors.count == 2 && batch.tokens == 6)
        #expect(seen.withLock { $0 } == [#"{"model":"m","input":"a"}"#, #"{"model":"m","input":"b"}"#])
    }

    @Test("URL and query variables are percent-encoded, headers are filled, the method is the file's")
    func addresses() async throws {
        let request = try await self.request(
            [
                ("\"base\": {", "\"dep\": \"a b/c:1\", \"base\": {"),
                (
                    "{{base}}/embed\"",
                    "{{base}}/x/{{dep}}/{{model}}\", \"method\": \"PUT\", \"query\": {\"v\": \"1&{{dep}}\"}, \"headers\": {\"X-M\": \"<{{model}}>\"}"
                ),
            ],
            environment: ["ACME_KEY": "k", "ACME_URL": "https://h:1/base/"]
        )
        #expect(request.url == "https://h:1/base/x/a%20b%2Fc%3A1/m?v=1%26a%20b%2Fc%3A1")
        #expect(request.headers["x-m"] == "<m>")
        #expect(request.method == .put)
        #expect(request.timeout == .seconds(60))
    }

    @Test("Each kind of plain authorization puts the secret where it belongs")
    func authorization() async throws {
        func request(_ authorization: String, environment: [String: String] = ["ACME_KEY": "s3cret/+ é\r\n"]) async throws
            -> HTTPRequest
        {
            try await self.request(
                [(#"{ "kind": "bearer", "secret": "env:ACME_KEY" }"#, authorization)],
                environment: environment
            )
        }
        let header = try await request(#"{"kind": "header", "name": "X-Key", "prefix": "Token ", "secret": "env:ACME_KEY"}"#)
        #expect(header.headers["x-key"] == "Token s3cret/+ é")
        let query = try await request(#"{"kind": "query", "name": "key", "secret": "env:ACME_KEY"}"#)
        #expect(query.url == "http://127.0.0.1:1/embed?key=s3cret%2F%2B%20%C3%A9")
        let basic = try await request(#"{"kind": "basic", "user": "me", "secret": "env:ACME_KEY"}"#)
        #expect(basic.headers["Authorization"] == "Basic bWU6czNjcmV0Lysgw6k=")
        let none = try await request(#"{"kind": "none"}"#)
        #expect(none.headers["Authorization"] == nil)
        let optional = try await request(#"{"kind": "bearer", "secret": "env:ACME_KEY", "optional": true}"#, environment: [:])
        #expect(optional.headers["Authorization"] == nil)
    }

    @Test("An access token that is refused is fetched anew, once")
    func oauth() async throws {
        let text = ProviderDefinitionTests.good.replacing(
            #"{ "kind": "bearer", "secret": "env:ACME_KEY" }"#,
            with:
                #"{"kind": "oauth-client-credentials", "tokenURL": "{{base}}/token", "user": "id", "secret": "env:ACME_KEY", "form": {"grant_type": "client_credentials", "scope": "all apis"}}"#
        )
        let log = Mutex<[String]>([])
        let transport = ScriptedTransport { request in
            let token = request.url.hasSuffix("/token")
            let number = log.withLock {
                $0.append(token ? String(decoding: request.body ?? [], as: UTF8.self) : request.headers["Authorization"] ?? "")
                return $0.count
            }
            if token { return HTTPResponse(status: 200, body: Array(#"{"access_token":"T\#(number)","expires_in":3600}"#.utf8)) }
            return HTTPResponse(status: 401, body: Array(#"{"message":"expired"}"#.utf8))
        }
        let definition = try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get()
        let provider = try HTTPEmbeddingProvider(
            definition: definition,
            transport: transport,
            environment: { $0 == "ACME_KEY" ? "k" : nil }
        )
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["a"], as: .document) }
        #expect(error?.kind == .configuration)
        let form = "grant_type=client_credentials&scope=all%20apis"
        #expect(log.withLock { $0 } == [form, "Bearer T1", form, "Bearer T3"])
    }

    @Test("A file with bytes changed at random is read or refused, and never brings the program down")
    func mutations() {
        var generator = SplitMix(seed: 7)
        let good = Array(ProviderDefinitionTests.good.utf8)
        var refused = 0
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 9)], at: position)
                default: bytes.removeSubrange(position..<min(bytes.count, position + 20))
                }
            }
            if case .failure(let rejection) = ProviderDefinition.read(bytes: bytes, fileName: "x.json") {
                refused += 1
                #expect(!rejection.diagnostics.isEmpty)
            }
        }
        #expect(refused > 2000)
    }
}
