import Foundation
import HTTPTransport
import Store
import Synchronization
import Testing

@testable import Connectors

@Suite("GitHub Apps")
struct GitHubAppTests {
    private static let base = SourceURL(origin: .init(scheme: "https", host: "api.fake.test", port: 443), target: "/")
    /// Signs by reversing, which is enough to see what was signed.
    private static let key = GitHubAppKey(pem: Secret("a key")) { _, message in message.reversed() }

    private static func token(_ transport: ScriptedTransport, _ time: FakeTime) -> GitHubAppToken {
        GitHubAppToken(
            appID: "123",
            installationID: "456",
            key: Self.key,
            base: Self.base,
            transport: transport,
            clock: time.clock
        )
    }

    private func token(time: FakeTime, recorder: Recorder, _ answer: @escaping @Sendable (Int, HTTPRequest) -> HTTPResponse)
        -> GitHubAppToken
    {
        let transport = ScriptedTransport { request in
            recorder.add(request)
            return answer(recorder.all.count, request)
        }
        return Self.token(transport, time)
    }

    private static func claims(_ request: HTTPRequest) throws -> JSONValue {
        let parts = (request.headers["authorization"] ?? "").replacing("Bearer ", with: "").split(separator: ".").map(String.init)
        var text = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return try JSONParser.parse(Array(Data(base64Encoded: text) ?? Data()))
    }

    /// As HTTP writes it.
    private static func date(_ date: Date) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = .gmt
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.string(from: date)
    }

    private static func granted(_ token: String, until: Date) -> HTTPResponse {
        .json(["token": .string(token), "expires_at": .string(SourceDate.text(of: until))], status: 201)
    }

    @Test("A token is got with a proof of nine minutes, kept, and renewed before its hour ends; many askers cause one renewal")
    func renewal() async throws {
        let time = FakeTime()
        let recorder = Recorder()
        let token = self.token(time: time, recorder: recorder) { count, _ in
            Self.granted("ghs_\(count)", until: time.now + 3_600)
        }
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<10 { group.addTask { try await token.authorization() } }
            for try await value in group { #expect(value == "Bearer ghs_1") }
        }
        #expect(recorder.all.count == 1)
        #expect(recorder.urls == ["https://api.fake.test/app/installations/456/access_tokens"])
        let claims = try Self.claims(recorder.all[0])
        let now = Int(time.now.timeIntervalSince1970)
        #expect(claims["iss"] == "123" && claims["iat"].int == now - 60 && claims["exp"].int == now + 540)
        try await time.clock.sleep(.seconds(3_200))
        #expect(try await token.authorization() == "Bearer ghs_1")
        try await time.clock.sleep(.seconds(200))
        #expect(try await token.authorization() == "Bearer ghs_2")
    }

    @Test("A wrong clock is told from a wrong key by the date of the answer, and mended")
    func skew() async throws {
        let time = FakeTime()
        let recorder = Recorder()
        let token = self.token(time: time, recorder: recorder) { count, _ in
            count == 1
                ? .json(
                    ["message": "'Expiration time' claim ('exp') must be a numeric value representing the future time"],
                    status: 401,
                    headers: ["date": "Sun, 15 Jun 2025 16:06:40 GMT"]
                ) : Self.granted("ghs", until: time.now + 7_200)
        }
        #expect(try await token.authorization() == "Bearer ghs")
        let server = try #require(SourceDate.parseHTTP("Sun, 15 Jun 2025 16:06:40 GMT"))
        #expect(try Self.claims(recorder.all[1])["exp"].int == Int(server.timeIntervalSince1970) + 540)
    }

    @Test("A clock that is a few minutes slow passes with its proof, and is mended by the answer: no token is used after its end")
    func slowClock() async throws {
        let time = FakeTime()
        let recorder = Recorder()
        // Eight minutes: the proof is still good for a minute.
        let ahead: TimeInterval = 480
        let token = self.token(time: time, recorder: recorder) { count, _ in
            let there = time.now + ahead
            var response = Self.granted("ghs_\(count)", until: there + 3_600)
            response.headers["date"] = Self.date(there)
            return response
        }
        #expect(try await token.authorization() == "Bearer ghs_1")
        try await time.clock.sleep(.seconds(3_310))
        #expect(try await token.authorization() == "Bearer ghs_2", "five minutes before GitHub's end of it")
        let claims = try Self.claims(recorder.all[1])
        #expect(claims["iat"].int == Int((time.now + ahead).timeIntervalSince1970) - 60)
    }

    @Test("A token that GitHub refuses before its end is got anew, once a request, and the request is asked again")
    func revoked() async throws {
        let time = FakeTime()
        let recorder = Recorder()
        let revoked = Mutex<Set<String>>(["Bearer ghs_1"])
        let transport = ScriptedTransport { request in
            recorder.add(request)
            let issued = recorder.urls.filter { $0.hasSuffix("/access_tokens") }.count
            if request.url.hasSuffix("/access_tokens") { return Self.granted("ghs_\(issued)", until: time.now + 3_600) }
            let isRevoked = revoked.withLock { $0.contains(request.headers["authorization"] ?? "") }
            return isRevoked ? .json(["message": "Bad credentials"], status: 401) : .json([])
        }
        let client = Self.client(Self.token(transport, time), transport, time)
        _ = try await client.get(client.url("/x"), unit: "u")
        let used = recorder.all.map { $0.headers["authorization"] ?? "" }.map { $0.hasPrefix("Bearer ghs_") ? $0 : "proof" }
        #expect(used == ["proof", "Bearer ghs_1", "proof", "Bearer ghs_2"])
        revoked.withLock { $0 = ["Bearer ghs_2", "Bearer ghs_3"] }
        let error = await #expect(throws: ConnectorError.self) { try await client.get(client.url("/y"), unit: "u") }
        #expect(error?.kind == .authentication, "a second refusal is one")
        #expect(recorder.urls.filter { $0.hasSuffix("/y") }.count == 2)
    }

    @Test(
        "A refused app says what to check, and no status: a 404 is the installation's, not the object's that was asked for",
        arguments: [
            (401, "authentication"), (403, "permission"), (404, "authentication"), (410, "authentication"),
            (422, "configuration"),
        ]
    )
    func refusal(status: Int, kind: String) async throws {
        let time = FakeTime()
        let token = self.token(time: time, recorder: Recorder()) { _, _ in .json(["message": "No"], status: status) }
        let error = await #expect(throws: ConnectorError.self) { try await token.authorization() }
        #expect(error?.kind.rawValue == kind)
        #expect(error?.status == nil)
        #expect(error?.message.contains("installation_id") == true)
    }

    @Test(
        "A limit on tokens costs time and not the app: it is asked again when the limit says so",
        arguments: [
            (429, ["retry-after": "30"], 30), (403, ["retry-after": "30"], 30),
            (403, ["x-ratelimit-remaining": "0", "x-ratelimit-reset": "+90"], 91),
        ] as [(Int, [String: String], Int)]
    )
    func limited(status: Int, headers: [String: String], seconds: Int) async throws {
        let time = FakeTime()
        let begin = time.now
        let recorder = Recorder()
        let transport = ScriptedTransport { request in
            recorder.add(request)
            guard request.url.hasSuffix("/access_tokens") else { return .json([]) }
            guard recorder.all.count > 1 else {
                var given = HTTPResponse.json(["message": "Slow down"], status: status)
                for (name, value) in headers {
                    let reset = Int(begin.timeIntervalSince1970) + (Int(value) ?? 0)
                    given.headers[name] = value.hasPrefix("+") ? String(reset) : value
                }
                return given
            }
            return Self.granted("ghs", until: time.now + 3_600)
        }
        let client = Self.client(Self.token(transport, time), transport, time)
        _ = try await client.get(client.url("/x"), unit: "u")
        #expect(recorder.urls.map { $0.hasSuffix("/access_tokens") } == [true, true, false])
        #expect(Int(time.now.timeIntervalSince(begin)) == seconds)
    }

    private static func client(_ app: GitHubAppToken, _ transport: ScriptedTransport, _ time: FakeTime) -> SourceClient {
        SourceClient(
            base: Self.base,
            headers: [:],
            credentials: [
                SourceCredential(name: "app") {
                    try await app.authorization()
                } forget: { refused in
                    await app.forget(refused)
                }
            ],
            secrets: [],
            dialect: .github,
            transport: transport,
            clock: time.clock,
            policy: RetryPolicy(),
            logger: quiet,
            progress: { _ in }
        )
    }
}
