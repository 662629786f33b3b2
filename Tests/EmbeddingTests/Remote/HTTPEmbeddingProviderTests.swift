import Embedding
import Foundation
import HTTPTransport
import Resilience
import Synchronization
import Testing

struct HTTPEmbeddingProviderTests {
    private static let one = "[1,0,0,0,0,0,0,0]"
    private static let two = "[0,2,0,0,0,0,0,0]"

    private func provider(
        _ changes: [(String, String)] = [],
        limiter: (any RateLimiting)? = nil,
        answer: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) throws -> HTTPEmbeddingProvider {
        var text = ProviderDefinitionTests.good
        for (old, new) in changes { text.replace(old, with: new) }
        return try HTTPEmbeddingProvider(
            definition: try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get(),
            transport: ScriptedTransport(answer),
            environment: { ["ACME_KEY": "verysecret"][$0] },
            limiter: limiter
        )
    }

    private func error(
        _ status: Int,
        _ body: String,
        headers: HTTPHeaders = [:],
        texts: [String] = ["a", "b"],
        changes: [(String, String)] = []
    ) async throws -> EmbeddingError {
        let provider = try self.provider(changes) { _ in HTTPResponse(status: status, headers: headers, body: Array(body.utf8)) }
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(texts, as: .document) }
        return try #require(error)
    }

    @Test(
        "An answer that breaks the contract is refused, and the message says how",
        arguments: [
            (#"{"data":[{"embedding":\#(one)}]}"#, "1 vectors for 2 texts"),
            (#"{"data":[]}"#, "0 vectors for 2 texts"),
            (
                #"{"results":[{"vector":\#(one)}],"usage":{}}"#,
                "0 vectors for 2 texts: nothing stands at data[*].embedding; it holds results, usage"
            ),
            (#"{"data":[{"embedding":\#(one)},{"embedding":[1,2]}]}"#, "vector 1 has 2 dimensions, and the provider file says 8"),
            (#"{"data":[{"embedding":\#(one)},{"embedding":[0,0,0,0,0,0,0,0]}]}"#, "vector 1 is all zero"),
            (#"{"data":[{"embedding":\#(one)},{"embedding":[NaN,0,0,0,0,0,0,0]}]}"#, "cannot be read"),
            (#"{"data":[{"embedding":\#(one)},{"embedding":[1e999,0,0,0,0,0,0,0]}]}"#, "cannot be read"),
            (#"{"data":[{"embedding":\#(one)},{"embedding":[null,0,0,0,0,0,0,0]}]}"#, "cannot be read"),
            (#"{"data":[{"embedding":\#(one)},{"embedding":[1,0,0"#, "cannot be read"),
            (#"{"data":[{"embedding":\#(one)},{"vector":\#(two)}]}"#, "cannot be read"),
            ("", "cannot be read"),
            ("<html><body>Sign in</body></html>", "a web page instead of JSON"),
        ]
    )
    func invalidAnswers(body: String, says: String) async throws {
        let error = try await self.error(200, body)
        #expect(error.kind == .invalidAnswer)
        #expect(error.message.contains(says), "\(error.message)")
    }

    @Test(
        "The status decides where no rule does",
        arguments: [
            (301, 2, EmbeddingError.Kind.configuration), (400, 2, .splittable), (400, 1, .content), (401, 2, .configuration),
            (402, 2, .configuration), (403, 2, .configuration), (404, 2, .configuration), (408, 2, .transient),
            (413, 2, .splittable),
            (413, 1, .content), (422, 1, .content), (424, 2, .transient), (429, 2, .rateLimited), (500, 2, .transient),
            (503, 1, .transient),
            (529, 1, .transient),
        ]
    )
    func statuses(status: Int, count: Int, kind: EmbeddingError.Kind) async throws {
        let error = try await self.error(status, "{}", texts: Array(repeating: "a", count: count))
        #expect(error.kind == kind)
        #expect(error.status == status)
    }

    @Test(
        "What services say in common is understood",
        arguments: [
            (
                429, #"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#,
                EmbeddingError.Kind.configuration, false
            ),
            (
                400, #"{"error":{"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
                .configuration, false
            ),
            (400, #"{"error":{"message":"Unknown parameter: 'dimension'."}}"#, .configuration, false),
            (400, #"{"error":{"message":"This model's maximum context length is 8192 tokens"}}"#, .splittable, true),
            (
                422, #"{"detail":[{"loc":["body"],"msg":"Input should be a valid string","type":"string_type"}]}"#, .splittable,
                false
            ),
            (502, "<html>Bad gateway</html>", .transient, false),
            (400, "<html>Bad request</html>", .transient, false),
        ]
    )
    func usualErrors(status: Int, body: String, kind: EmbeddingError.Kind, isTooLong: Bool) async throws {
        let error = try await self.error(status, body)
        #expect(error.kind == kind)
        #expect(error.isTooLong == isTooLong)
    }

    @Test(
        "The file's rules come before what is usual",
        arguments: [
            ("split", EmbeddingError.Kind.splittable), ("shorten", .splittable), ("fatal", .configuration), ("retry", .transient),
            ("rateLimited", .rateLimited),
        ]
    )
    func rules(action: String, kind: EmbeddingError.Kind) async throws {
        let rule =
            #""errors": {"message": "oops.text", "code": "oops.id", "rules": [{"status": [418, 500], "code": "^E7$", "message": "teapot", "then": "\#(action)"}]}, "limits": {"#
        let changes = [("\"limits\": {", rule)]
        #expect(try await self.error(500, #"{"oops":{"text":"A Teapot","id":"E7"}}"#, changes: changes).kind == kind)
        #expect(try await self.error(500, #"{"oops":{"text":"A Teapot","id":"E70"}}"#, changes: changes).kind == .transient)
        #expect(try await self.error(404, #"{"oops":{"text":"A Teapot","id":"E7"}}"#, changes: changes).kind == .configuration)
    }

    @Test("Of a message however long only the beginning is looked at")
    func longMessage() async throws {
        let rule = #""errors": {"rules": [{"message": "teapot", "then": "retry"}]}, "limits": {"#
        for (beginning, kind) in [("a teapot: ", EmbeddingError.Kind.transient), ("a kettle: ", .splittable)] {
            let message = beginning + String(repeating: "brew the tea ", count: 16_000) + "teapot"
            let error = try await self.error(
                400,
                #"{"error":{"message":"\#(message)"}}"#,
                texts: (0..<100).map { "what is said in text \($0)" },
                changes: [("\"limits\": {", rule)]
            )
            #expect(error.kind == kind && error.message.count < 300)
        }
    }

    @Test(
        "The wait after a refusal is read in all its forms",
        arguments: [
            (["Retry-After": "3"], "{}", 3.0), (["retry-after-ms": "250", "retry-after": "9"], "{}", 0.25), ([:], "{}", nil),
            (["x-wait": "1m2.5s"], "{}", 62.5), ([:], #"{"details":[{"x":1},{"retryDelay":"34s"}]}"#, 34),
            (["Retry-After": "soon"], "{}", nil),
            (["Retry-After": "-5"], "{}", 0),
        ] as [([String: String], String, Double?)]
    )
    func retryAfter(headers: [String: String], body: String, seconds: Double?) async throws {
        let forms =
            #""retryAfter": [{"header": "x-wait", "unit": "duration"}, {"body": "details[*].retryDelay", "unit": "duration"}], "limits": {"#
        let error = try await self.error(
            429,
            body,
            headers: HTTPHeaders(headers.map { ($0.key, $0.value) }),
            changes: [("\"limits\": {", forms)]
        )
        #expect(error.retryAfter?.seconds == seconds)
    }

    @Test("Errors in an array are understood by the paths of the file, whether they begin at the array or in it")
    func arrays() async throws {
        for root in ["[0].", ""] {
            let errors = """
                "errors": {"message": "\(root)fault.reason", "code": "\(root)fault.no",
                  "rules": [{"code": "^E17$", "then": "rateLimited"}]},
                "retryAfter": [{"body": "\(root)fault.again", "unit": "seconds"}], "limits": {
                """
            let body = #"[{"fault":{"reason":"not so fast","no":"E17","again":12}}]"#
            for status in [500, 200] {
                let error = try await self.error(status, body, changes: [("\"limits\": {", errors)])
                #expect(error.kind == .rateLimited && error.message.hasSuffix(": not so fast"), "\(root) \(status) \(error)")
                #expect(error.retryAfter == .seconds(12))
            }
        }
    }

    @Test("A moment is as good as a wait, however it is written", arguments: [false, true])
    func moments(isOver: Bool) async throws {
        let moment = Date(timeIntervalSinceNow: isOver ? -500 : 500)
        let seconds = Int(moment.timeIntervalSince1970.rounded(.up))
        for text in ["\(seconds)", "\(seconds * 1_000)", moment.formatted(.iso8601)] {
            let forms = #""retryAfter": [{"header": "x-ratelimit-reset", "unit": "duration"}], "limits": {"#
            let longest = moment.timeIntervalSinceNow
            let error = try await self.error(429, "{}", headers: ["x-ratelimit-reset": text], changes: [("\"limits\": {", forms)])
            let shortest = moment.timeIntervalSinceNow
            let wait = try #require(error.retryAfter?.seconds, "\(text)")
            // The texts are in whole seconds.
            #expect(isOver ? wait == 0 : (shortest - 1...longest + 1).contains(wait), "\(text): \(wait)")
        }
    }

    @Test("Messages hold no secret, nothing of the texts, and no more than a line")
    func discretion() async throws {
        let secret = try await self.error(401, #"{"error":{"message":"bad key verysecret\nand sk-abcdefghijklmnop"}}"#)
        #expect(secret.message == "it answered 401: bad key *** and *** (check the key and what it permits)")
        let text = "the customer's card 4111 was refused"
        let echo = try await self.error(400, #"{"error":{"message":"cannot embed: \#(text)"}}"#, texts: [text, "b"])
        #expect(echo.message == "it answered 400: cannot embed: …")
        let long = try await self.error(500, #"{"error":{"message":"\#(String(repeating: "long ", count: 1000))"}}"#)
        #expect(long.message.count < 300)
    }

    @Test(
        "Failures of the connection are errors of their kind",
        arguments: [
            (HTTPTransportError.Kind.cannotConnect, EmbeddingError.Kind.transient), (.timedOut, .transient),
            (.connectionLost, .transient), (.invalidURL, .configuration), (.answerTooLarge, .invalidAnswer),
        ]
    )
    func transport(kind: HTTPTransportError.Kind, wanted: EmbeddingError.Kind) async throws {
        let provider = try self.provider { _ in throw HTTPTransportError(kind, host: "h:1", detail: "refused") }
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["a"], as: .query) }
        #expect(error?.kind == wanted)
        #expect(error?.message.contains("refused") == true)
        // The log and the command line name the host; who only uses the installation's provider is not told of it.
        if kind != .invalidURL { #expect(error?.description.contains("h:1") == true) }
        #expect(error?.publicDescription.contains("h:1") == false)
    }

    @Test("Indices reorder the vectors; those that do not match the texts are refused; their absence keeps the order")
    func indices() async throws {
        let changes = [("data[*].embedding\"", "data[*].embedding\", \"index\": \"data[*].index\"")]
        func vectors(_ first: String, _ second: String) async throws -> [Float] {
            let body = #"{"data":[{"embedding":\#(Self.one)\#(first)},{\#(second)"embedding":\#(Self.two)}]}"#
            let provider = try self.provider(changes) { _ in HTTPResponse(status: 200, body: Array(body.utf8)) }
            return try await provider.embed(["a", "b"], as: .document).vectors.map { $0[0] }
        }
        #expect(try await vectors(#","index":1"#, #""index":0,"#) == [0, 1])
        #expect(try await vectors(#","index":0"#, #""index":1,"#) == [1, 0])
        #expect(try await vectors("", "") == [1, 0])
        // Protocol Buffers' JSON leaves out what is zero.
        #expect(try await vectors(#","index":1"#, "") == [0, 1])
        #expect(try await vectors("", #""index":1,"#) == [1, 0])
        #expect(try await vectors(#","index":null"#, #""index":1,"#) == [1, 0])
        await #expect(throws: EmbeddingError.self) { try await vectors("", #""index":0,"#) }
        await #expect(throws: EmbeddingError.self) { try await vectors("", #""index":2,"#) }
        await #expect(throws: EmbeddingError.self) { try await vectors(#","index":0"#, #""index":0,"#) }
        await #expect(throws: EmbeddingError.self) { try await vectors(#","index":1"#, #""index":2,"#) }
    }

    @Test(
        "Encodings other than floats are decoded",
        arguments: [
            ("int8", "[127,-128,1,0,0,0,0,3]", [127, -128, 1, 0, 0, 0, 0, 3]),
            ("uint8", "[255,0,1,2,3,128,5,6]", [127, -128, -127, -126, -125, 0, -123, -122]),
            ("ubinary", "[129]", [1, -1, -1, -1, -1, -1, -1, 1]), ("binary", "[1]", [1, -1, -1, -1, -1, -1, -1, 1]),
            ("base64", #""AACAPwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMA=""#, [1, 0, 0, 0, 0, 0, 0, -2]),
            ("base64", "[1,0,0,0,0,0,0,-2]", [1, 0, 0, 0, 0, 0, 0, -2]),
        ] as [(String, String, [Float])]
    )
    func encodings(encoding: String, vector: String, wanted: [Float]) async throws {
        let provider = try self.provider([("data[*].embedding\"", "data[*].embedding\", \"encoding\": \"\(encoding)\"")]) { _ in
            HTTPResponse(status: 200, body: Array(#"{"data":[{"embedding":\#(vector)}]}"#.utf8))
        }
        #expect(try await provider.embed(["a"], as: .document).vectors == [wanted])
    }

    @Test(
        "What is billed counts where it can be; vectors come with it or without",
        arguments: [
            (#"{"from": "path", "path": "n"}"#, #""n":7"#, 7), (#"{"from": "path", "path": "n"}"#, #""n":0"#, 0),
            (#"{"from": "path", "path": "n"}"#, #""n":-1"#, nil),
            (#"{"from": "path", "path": "n"}"#, #""n":9223372036854775807"#, nil),
            (#"{"from": "sum", "path": "c[*]"}"#, #""c":[3,4]"#, 7),
            (#"{"from": "sum", "path": "c[*]"}"#, #""c":[9223372036854775807,9223372036854775807]"#, nil),
            (#"{"from": "sum", "path": "c[*]"}"#, #""c":[-9223372036854775808,-1]"#, nil),
            (#"{"from": "sum", "path": "c[*]"}"#, #""c":[1000000000,1000000000]"#, nil),
        ] as [(String, String, Int?)]
    )
    func usage(source: String, said: String, tokens: Int?) async throws {
        let provider = try self.provider([("data[*].embedding\"", "data[*].embedding\", \"usage\": \(source)")]) { _ in
            HTTPResponse(status: 200, body: Array(#"{"data":[{"embedding":\#(Self.one)}],\#(said)}"#.utf8))
        }
        let batch = try await provider.embed(["a"], as: .document)
        #expect(batch.vectors.count == 1 && batch.tokens == tokens)
    }

    @Test("A header of what is billed is read no further than it can be", arguments: ["-1", "9223372036854775807", "many"])
    func usageHeader(value: String) async throws {
        let usage = #""usage": {"from": "header", "header": "x-tokens"}"#
        let provider = try self.provider([("data[*].embedding\"", "data[*].embedding\", \(usage)")]) { _ in
            HTTPResponse(
                status: 200,
                headers: ["x-tokens": value],
                body: Array(#"{"data":[{"embedding":\#(Self.one)}]}"#.utf8)
            )
        }
        let batch = try await provider.embed(["a"], as: .document)
        #expect(batch.vectors.count == 1 && batch.tokens == nil)
    }

    @Test("Where the file says so, vectors are scaled to length 1")
    func normalization() async throws {
        let provider = try self.provider([("data[*].embedding\"", "data[*].embedding\", \"normalize\": \"l2\"")]) { _ in
            HTTPResponse(status: 200, body: Array(#"{"data":[{"embedding":[3,4,0,0,0,0,0,0]}]}"#.utf8))
        }
        let vector = try await provider.embed(["a"], as: .document).vectors[0]
        #expect(abs(vector[0] - 0.6) < 1e-6 && abs(vector[1] - 0.8) < 1e-6)
    }

    @Test("The smallest numbers and the greatest are scaled to length 1 as well", arguments: ["1e-42", "-1e-45", "3e38"])
    func extremes(number: String) async throws {
        let vector = "[" + Array(repeating: number, count: 8).joined(separator: ",") + "]"
        let provider = try self.provider([("data[*].embedding\"", "data[*].embedding\", \"normalize\": \"l2\"")]) { _ in
            HTTPResponse(status: 200, body: Array(#"{"data":[{"embedding":\#(vector)}]}"#.utf8))
        }
        let scaled = try await provider.embed(["a"], as: .document).vectors[0]
        let length = scaled.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(abs(length - 1) < 1e-6, "\(scaled)")
    }

    @Test("No more of an answer is taken than the vectors of the texts can need")
    func longestAnswer() async throws {
        let allowed = Mutex<[Int]>([])
        let provider = try self.provider { request in
            allowed.withLock { $0.append(request.maximumAnswerBytes) }
            return HTTPResponse(status: 500)
        }
        for texts in [["a"], Array(repeating: String(repeating: "a", count: 100), count: 4)] {
            await #expect(throws: EmbeddingError.self) { try await provider.embed(texts, as: .document) }
        }
        #expect(allowed.withLock { $0 } == [(1 << 20) + 8 * 40 + 6, (1 << 20) + 4 * (8 * 40 + 600)])
    }

    @Test(
        "Where an answer has a vector for each token, as many are taken, up to what memory allows",
        arguments: [(100, (1 << 20) + 8 * 40 * 100 + 6), (10_000_000, 128 << 20)]
    )
    func longestAnswerOfTokens(tokens: Int, longest: Int) async throws {
        let allowed = Mutex<[Int]>([])
        let provider = try self.provider([
            ("data[*].embedding", "data[*].embedding[0]"), ("\"tokensPerItem\": 100", "\"tokensPerItem\": \(tokens)"),
        ]) { request in
            allowed.withLock { $0.append(request.maximumAnswerBytes) }
            return HTTPResponse(status: 500)
        }
        await #expect(throws: EmbeddingError.self) { try await provider.embed(["a"], as: .document) }
        #expect(allowed.withLock { $0 } == [longest])
    }

    @Test("A prefix shortens what a text may have")
    func prefix() throws {
        let provider = try self.provider([
            ("\"limits\": {", "\"tasks\": {\"query\": {\"prefix\": \"represent this: \"}}, \"limits\": {")
        ]) { _ in
            HTTPResponse(status: 500)
        }
        #expect(provider.limits.tokensPerItem < 100 && provider.limits.tokensPerItem > 80)
    }

    @Test("A spent budget is told before asking, and a refusal feeds it")
    func limiter() async throws {
        let sent = Mutex(0)
        let provider = try self.provider(
            limiter: SharedRateLimiter(
                account: "acme",
                policy: BudgetPolicy(concurrency: 1),
                ledger: LocalBudgetLedger(),
                process: "a",
                patience: .seconds(1)
            )
        ) { _ in
            sent.withLock { $0 += 1 }
            return HTTPResponse(status: 429, headers: ["Retry-After": "60"])
        }
        for _ in 0..<3 {
            let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["a"], as: .document) }
            #expect(error?.kind == .rateLimited)
            #expect(error?.retryAfter.map { $0 > .seconds(50) } == true)
        }
        #expect(sent.withLock { $0 } == 1)
    }

    @Test(
        "A refusal that calls itself a success is one, for the budget too: nobody asks again before its time",
        arguments: [
            #"{"error":{"code":429,"message":"slow down"}}"#, #"{"error":{"type":"rate_limit_error","message":"slow down"}}"#,
            #"{"error":"Too many requests"}"#, #"{"detail":"Rate limit exceeded"}"#, #"{"status":429,"message":"later"}"#,
            #"{"code":"ThrottlingException","message":"later"}"#,
        ]
    )
    func hiddenRefusal(body: String) async throws {
        let sent = Mutex(0)
        let ledger = LocalBudgetLedger()
        // Two workers, of which only the first one hears it.
        let providers = try ["a", "b"].map { process in
            try self.provider(
                limiter: SharedRateLimiter(
                    account: "acme",
                    policy: BudgetPolicy(concurrency: 1),
                    ledger: ledger,
                    process: process,
                    patience: .seconds(1)
                )
            ) { _ in
                sent.withLock { $0 += 1 }
                return HTTPResponse(status: 200, headers: ["Retry-After": "60"], body: Array(body.utf8))
            }
        }
        for provider in providers + providers {
            let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["a"], as: .document) }
            #expect(error?.kind == .rateLimited)
            #expect(error?.retryAfter.map { $0 > .seconds(50) } == true)
            // Within a second every process knows.
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(sent.withLock { $0 } == 1)
    }

    @Test(
        "Other errors that call themselves a success are what they say",
        arguments: [
            (#"{"error":{"code":401,"message":"bad key"}}"#, EmbeddingError.Kind.configuration),
            (#"{"error":{"message":"model is loading"}}"#, .transient), (#"{"error":"down"}"#, .transient),
            (#"{"code":"503","message":"down"}"#, .transient), (#"{"data":[],"error":null}"#, .invalidAnswer),
            (#"{"data":[],"error":{}}"#, .transient), (#"{"status":"ok","code":0}"#, .invalidAnswer),
        ]
    )
    func hiddenErrors(body: String, kind: EmbeddingError.Kind) async throws {
        #expect(try await self.error(200, body).kind == kind)
    }

    @Test("Variables cannot lead a URL astray", arguments: ["file:///etc", "http://", "http://a b", "http://a@b", "https://x?y"])
    func urls(base: String) throws {
        let definition = try ProviderDefinition.read(bytes: Array(ProviderDefinitionTests.good.utf8), fileName: "acme.json").get()
        let error = #expect(throws: EmbeddingError.self) {
            try HTTPEmbeddingProvider(
                definition: definition,
                transport: ScriptedTransport { _ in HTTPResponse(status: 500) },
                environment: { ["ACME_KEY": "k", "ACME_URL": base][$0] }
            )
        }
        #expect(error?.kind == .configuration)
    }
}
