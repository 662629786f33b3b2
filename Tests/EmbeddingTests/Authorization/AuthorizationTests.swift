import Foundation
import HTTPTransport
import Synchronization
import Testing

@testable import Embedding

struct AuthorizationTests {
    private static let functions = SigningFunctions(
        sha256: { PlainSHA256.hash($0) },
        hmacSHA256: { PlainSHA256.authenticate(key: $0, $1) },
        rs256: { key, message in Array("signed by \(key): ".utf8) + PlainSHA256.hash(message) }
    )

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("The hash that these tests use is SHA-256, and its HMAC is that of RFC 4231")
    func doubles() {
        #expect(
            self.hexadecimal(PlainSHA256.hash(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            self.hexadecimal(PlainSHA256.authenticate(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
    }

    /// The worked example of Amazon's documentation of Signature Version 4.
    @Test("A request is signed as in Amazon's own example")
    func signatureV4() async throws {
        let signer = AWSSignatureV4(
            service: "iam",
            region: "us-east-1",
            accessKey: "AKIDEXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            sessionToken: nil,
            functions: Self.functions,
            now: { Date(timeIntervalSince1970: 1_440_938_160) }
        )
        let request = HTTPRequest(
            .get,
            "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]
        )
        let signed = try await signer.authorize(request)
        #expect(signed.headers["X-Amz-Date"] == "20150830T123600Z")
        #expect(
            signed.headers["Authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date, "
                + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        )
    }

    /// Cases of the test suite that Amazon published for Signature Version 4: names, requests and signatures are facts of it.
    @Test(
        "Requests are signed as in Amazon's test suite",
        arguments: [
            ("get-vanilla", HTTPRequest.Method.get, "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            (
                "get-vanilla-query-order-key-case", .get, "/?Param2=value2&Param1=value1", "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
            ),
            (
                "get-vanilla-query-order-key", .get, "/?Param1=value2&Param1=Value1", "",
                "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"
            ),
            (
                "get-vanilla-query-order-value", .get, "/?Param1=value2&Param1=value1", "",
                "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"
            ),
            (
                "get-vanilla-query-unreserved", .get, "/?\(unreserved)=\(unreserved)", "",
                "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"
            ),
            (
                "get-vanilla-utf8-query", .get, "/?%E1%88%B4=bar", "",
                "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
            ),
            ("get-unreserved", .get, "/\(unreserved)", "", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
            ("post-vanilla", .post, "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            (
                "post-vanilla-query", .post, "/?Param1=value1", "",
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"
            ),
            (
                "post-x-www-form-urlencoded", .post, "/", "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
            ),
        ] as [(String, HTTPRequest.Method, String, String, String)]
    )
    func signatureSuite(name: String, method: HTTPRequest.Method, path: String, body: String, signature: String) async throws {
        let signer = AWSSignatureV4(
            service: "service",
            region: "us-east-1",
            accessKey: "AKIDEXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            sessionToken: nil,
            functions: Self.functions,
            now: { Date(timeIntervalSince1970: 1_440_938_160) }
        )
        let request = HTTPRequest(
            method,
            "https://example.amazonaws.com\(path)",
            headers: body.isEmpty ? [:] : ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array(body.utf8)
        )
        let signed = try await signer.authorize(request)
        #expect(signed.headers["Authorization"]?.hasSuffix("Signature=\(signature)") == true, "\(name)")
    }

    private static let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    @Test("A session token is sent and signed")
    func sessionToken() async throws {
        let signer = AWSSignatureV4(
            service: "bedrock",
            region: "eu-west-1",
            accessKey: "A",
            secretKey: "S",
            sessionToken: "T",
            functions: Self.functions
        )
        let signed = try await signer.authorize(HTTPRequest(.post, "https://h/model/a%3A0/invoke", body: [1]))
        #expect(signed.headers["X-Amz-Security-Token"] == "T")
        #expect(signed.headers["Authorization"]?.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,") == true)
    }

    @Test(
        "Times of the signature are right over leap years",
        arguments: [
            (0, "19700101T000000Z"), (1_709_210_096, "20240229T123456Z"), (1_735_689_599, "20241231T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
        ]
    )
    func timestamps(seconds: Int, text: String) {
        #expect(AWSSignatureV4.timestamp(Date(timeIntervalSince1970: Double(seconds))) == text)
    }

    @Test("One token serves all requests at once, and a refused one is fetched anew")
    func tokenSource() async throws {
        let fetched = Mutex(0)
        let transport = ScriptedTransport { request in
            let number = fetched.withLock {
                $0 += 1
                return $0
            }
            try await Task.sleep(for: .milliseconds(5))
            return HTTPResponse(status: 200, body: Array(#"{"access_token":"t\#(number)","expires_in":3600}"#.utf8))
        }
        let source = TokenSource(provider: "p", transport: transport) { HTTPRequest(.post, "https://iam/token") }
        let headers = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 {
                group.addTask { try await source.authorize(HTTPRequest(.post, "https://x")).headers["Authorization"] }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(headers == Array(repeating: "Bearer t1", count: 8))
        var stale = HTTPRequest(.post, "https://x", headers: ["Authorization": "Bearer t0"])
        #expect(await source.refused(stale))
        #expect(try await source.authorize(stale).headers["Authorization"] == "Bearer t1")
        stale.headers["Authorization"] = "Bearer t1"
        #expect(await source.refused(stale))
        #expect(try await source.authorize(HTTPRequest(.post, "https://x")).headers["Authorization"] == "Bearer t2")
        #expect(fetched.withLock { $0 } == 2)
    }

    @Test(
        "Whatever an endpoint says of a token's life, the token is used; what cannot be is not believed",
        arguments: [
            ("1e30", 1), ("1e999", 1), (#""inf""#, 1), (#""nan""#, 1), ("null", 1), ("9223372036854775807", 1), ("-1", 2),
        ]
    )
    func tokenLives(life: String, fetches: Int) async throws {
        let fetched = Mutex(0)
        let transport = ScriptedTransport { _ in
            fetched.withLock { $0 += 1 }
            return HTTPResponse(status: 200, body: Array(#"{"access_token":"t","expires_in":\#(life)}"#.utf8))
        }
        let source = TokenSource(provider: "p", transport: transport) { HTTPRequest(.post, "https://iam/token") }
        for _ in 0..<2 {
            #expect(try await source.authorize(HTTPRequest(.post, "https://x")).headers["Authorization"] == "Bearer t")
            // The shortest life that is given to a token.
            if fetches > 1 { try await Task.sleep(for: .milliseconds(1_050)) }
        }
        #expect(fetched.withLock { $0 } == fetches)
    }

    @Test(
        "A refused token request is a matter of configuration, a failed one may pass",
        arguments: [(400, EmbeddingError.Kind.configuration), (401, .configuration), (503, .transient), (429, .rateLimited)]
    )
    func tokenErrors(status: Int, kind: EmbeddingError.Kind) async throws {
        let transport = ScriptedTransport { _ in HTTPResponse(status: status, body: Array("secret echo".utf8)) }
        let source = TokenSource(provider: "p", transport: transport) { HTTPRequest(.post, "https://iam/token") }
        let error = await #expect(throws: EmbeddingError.self) { try await source.authorize(HTTPRequest(.post, "https://x")) }
        #expect(error?.kind == kind)
        #expect(error?.message.contains("secret echo") == false)
    }

    @Test(
        "A token endpoint that cannot be reached is a matter of configuration where a person must mend it",
        arguments: [
            (HTTPTransportError(.invalidURL, host: "iam", detail: "it"), EmbeddingError.Kind.configuration),
            (HTTPTransportError(.cannotConnect, host: "iam", detail: "it", isLasting: true), .configuration),
            (HTTPTransportError(.cannotConnect, host: "iam", detail: "it"), .transient),
            (HTTPTransportError(.timedOut, host: "iam", detail: "it"), .transient),
            (HTTPTransportError(.answerTooLarge, host: "iam", detail: "it"), .invalidAnswer),
        ]
    )
    func tokenTransport(failure: HTTPTransportError, kind: EmbeddingError.Kind) async throws {
        let source = TokenSource(provider: "p", transport: ScriptedTransport { _ in throw failure }) {
            HTTPRequest(.post, "https://iam/token")
        }
        let error = await #expect(throws: EmbeddingError.self) { try await source.authorize(HTTPRequest(.post, "https://x")) }
        #expect(error?.kind == kind)
    }

    @Test("A token endpoint that asks to wait is waited for")
    func tokenWait() async throws {
        let transport = ScriptedTransport { _ in HTTPResponse(status: 429, headers: ["retry-after": "7"]) }
        let source = TokenSource(provider: "p", transport: transport) { HTTPRequest(.post, "https://iam/token") }
        let error = await #expect(throws: EmbeddingError.self) { try await source.authorize(HTTPRequest(.post, "https://x")) }
        #expect(error?.kind == .rateLimited && error?.retryAfter == .seconds(7))
    }

    @Test("A service account asks for a token with a signed assertion")
    func serviceAccount() throws {
        let file = #"{"type":"service_account","client_email":"a@b","private_key":"PEM","token_uri":"https://oauth/token"}"#
        let signed = GoogleServiceAccount(credentials: file, scope: "s", sign: { key, _ in Array("by \(key)".utf8) })
        let account = try #require(signed)
        let request = try account.tokenRequest(now: Date(timeIntervalSince1970: 1000))
        #expect(request.url == "https://oauth/token")
        let form = String(decoding: request.body ?? [], as: UTF8.self)
        #expect(form.hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="))
        let parts = form.split(separator: "assertion=")[1].split(separator: ".").map(String.init)
        func decoded(_ text: String) -> String? {
            Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(
            parts.map(decoded) == [
                #"{"alg":"RS256","typ":"JWT"}"#, #"{"iss":"a@b","scope":"s","aud":"https://oauth/token","iat":1000,"exp":4600}"#,
                "by PEM",
            ]
        )
        #expect(GoogleServiceAccount(credentials: "{}", scope: "s", sign: { _, _ in [] }) == nil)
    }
}
