import Foundation
import HTTPTransport
import Synchronization
import Testing

@testable import Connectors

@Suite("Asking a source")
struct SourceClientTests {
    private static let base = SourceURL(origin: .init(scheme: "https", host: "api.fake.test", port: 443), target: "/")

    /// Answers the n-th request, from 1, with what `script` gives.
    private func client(
        _ dialect: SourceDialect = .github,
        time: FakeTime,
        recorder: Recorder = Recorder(),
        progress: @escaping @Sendable (SyncProgress) -> Void = { _ in },
        _ script: @escaping @Sendable (Int, HTTPRequest) throws -> HTTPResponse
    ) -> SourceClient {
        SourceClient(
            base: Self.base,
            headers: ["authorization": "Bearer ghp_topsecret"],
            secrets: ["ghp_topsecret"],
            dialect: dialect,
            transport: ScriptedTransport { request in
                recorder.add(request)
                return try script(recorder.all.count, request)
            },
            clock: time.clock,
            policy: RetryPolicy(),
            logger: quiet,
            progress: progress
        )
    }

    private func ask(_ client: SourceClient, _ path: String = "/x") async throws -> JSONValue {
        try await client.get(client.url(path), unit: "unit").json
    }

    private func failure(_ client: SourceClient) async -> ConnectorError? {
        do {
            _ = try await self.ask(client)
            return nil
        } catch {
            return error as? ConnectorError
        }
    }

    @Test("A source that does not answer at all is left alone after five requests, and tried again later")
    func silence() async throws {
        let time = FakeTime()
        let recorder = Recorder()
        let isBack = Mutex(false)
        let client = self.client(time: time, recorder: recorder) { _, _ in
            guard isBack.withLock({ $0 }) else {
                throw HTTPTransportError(.connectionLost, host: "api.fake.test", detail: "reset")
            }
            return .json([1])
        }
        for _ in 0..<5 { #expect(await self.failure(client)?.isTransient == true) }
        let asked = recorder.all.count
        let refused = await self.failure(client)
        #expect(recorder.all.count == asked, "nothing is sent")
        #expect(refused?.isTransient == true && refused?.message.contains("left alone") == true)
        isBack.withLock { $0 = true }
        try await time.clock.sleep(.seconds(200))
        #expect(try await self.ask(client) == [1])
        #expect(try await self.ask(client) == [1])
    }

    @Test("Retry-After is obeyed, in seconds and as a date")
    func retryAfter() async throws {
        let time = FakeTime()
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let date = formatter.string(from: time.now + 7 + 90)
        let client = self.client(time: time) { count, _ in
            switch count {
            case 1: HTTPResponse(status: 429, headers: ["Retry-After": "7"])
            case 2: HTTPResponse(status: 403, headers: ["Retry-After": date])
            default: .json([1])
            }
        }
        #expect(try await self.ask(client) == [1])
        #expect(time.sleeps == [7, 90])
        let costs = await client.takeCosts()
        #expect(costs.requests == 3)
        #expect(costs.waits.map(\.seconds) == [7, 90])
    }

    @Test("GitHub's primary limit is waited out until it resets")
    func primaryLimit() async throws {
        let time = FakeTime()
        let reset = String(Int(time.now.timeIntervalSince1970) + 600)
        let waits = Mutex<[SyncProgress]>([])
        @Sendable func note(_ event: SyncProgress) { waits.withLock { $0.append(event) } }
        let client = self.client(time: time, progress: note) { count, _ in
            count == 1
                ? HTTPResponse(status: 403, headers: ["x-ratelimit-remaining": "0", "x-ratelimit-reset": reset]) : .json([])
        }
        _ = try await self.ask(client)
        #expect(time.sleeps == [601])
        #expect(waits.withLock { $0 } == [.waiting(.init(unit: "unit", seconds: 601, reason: "rate limit"))])
    }

    @Test("When an answer uses up the limit, the next request waits before it is sent")
    func proactive() async throws {
        let time = FakeTime()
        let reset = String(Int(time.now.timeIntervalSince1970) + 30)
        let client = self.client(time: time) { count, _ in
            count == 1 ? .json([], headers: ["x-ratelimit-remaining": "0", "x-ratelimit-reset": reset]) : .json([])
        }
        _ = try await self.ask(client)
        #expect(time.sleeps.isEmpty)
        _ = try await self.ask(client)
        #expect(time.sleeps == [31])
        #expect(await client.takeCosts().requests == 2)
    }

    @Test("A secondary limit without a time is waited out a minute; a plain 403 is a missing permission")
    func secondaryLimit() async throws {
        let time = FakeTime()
        let client = self.client(time: time) { count, _ in
            count == 1
                ? .json(["message": "You have exceeded a secondary rate limit."], status: 403)
                : .json(["message": "Resource not accessible by personal access token"], status: 403)
        }
        let error = await self.failure(client)
        #expect(time.sleeps == [60])
        #expect(error?.kind == .permission)
        #expect(error?.message.contains("Resource not accessible") == true)
    }

    @Test("Limits never use up attempts; a limit that never opens ends as rate-limited with the time to come back")
    func limitsAreNotAttempts() async throws {
        let time = FakeTime()
        let client = self.client(time: time) { count, _ in
            switch count {
            case ...8: HTTPResponse(status: 429, headers: ["retry-after": "1"])
            case ...12: HTTPResponse(status: 502)
            default: .json([])
            }
        }
        _ = try await self.ask(client)
        let closed = self.client(time: time) { _, _ in HTTPResponse(status: 429, headers: ["retry-after": "1"]) }
        #expect(await self.failure(closed)?.kind == .rateLimited)
        let far = self.client(time: time) { _, _ in HTTPResponse(status: 429, headers: ["retry-after": "86400"]) }
        let error = await self.failure(far)
        #expect(error?.kind == .rateLimited)
        #expect(error?.retryAt == time.now + 86_400)
    }

    @Test("Once a limit asks for more than a sync waits, further requests fail at once, unsent, until it opens")
    func closedForAll() async throws {
        let time = FakeTime()
        let recorder = Recorder()
        let client = self.client(time: time, recorder: recorder) { count, _ in
            count == 1 ? HTTPResponse(status: 429, headers: ["retry-after": "7200"]) : .json([])
        }
        #expect(await self.failure(client)?.kind == .rateLimited)
        #expect(await self.failure(client)?.retryAt == time.now + 7_200)
        #expect(recorder.all.count == 1)
        try await time.clock.sleep(.seconds(7_201))
        _ = try await self.ask(client)
        #expect(recorder.all.count == 2)
    }

    @Test("Jira's 200 for nobody in particular is a refusal, not an empty site")
    func anonymous() async {
        let client = self.client(.jira, time: FakeTime()) { _, _ in
            .json([], headers: ["X-Seraph-LoginReason": "AUTHENTICATED_FAILED"])
        }
        #expect(await self.failure(client)?.kind == .authentication)
    }

    @Test("Jira's limits are read from its own headers")
    func jiraLimits() async throws {
        let time = FakeTime()
        let reset = SourceDate.text(of: time.now + 40)
        let client = self.client(.jira, time: time) { count, _ in
            switch count {
            case 1: HTTPResponse(status: 429, headers: ["X-RateLimit-Reset": reset])
            case 2: HTTPResponse(status: 429, headers: ["RateLimit-Reason": "jira-quota-global-based"])
            case 3: HTTPResponse(status: 429, headers: ["RateLimit-Reason": "jira-burst-based"])
            default: .json([])
            }
        }
        _ = try await self.ask(client)
        #expect(time.sleeps.first == 41)
        let untilHour = 3_600 - (FakeTime().now.timeIntervalSince1970 + 41).truncatingRemainder(dividingBy: 3_600) + 1
        #expect(time.sleeps.dropFirst().first == untilHour)
        #expect(time.sleeps.last.map { $0 >= 2 && $0 < 20 } == true)
    }

    @Test("5xx, time-outs and resets are tried five times, with growing waits")
    func broken() async throws {
        let time = FakeTime()
        let recorder = Recorder()
        let client = self.client(time: time, recorder: recorder) { count, _ in
            switch count {
            case 1: throw HTTPTransportError(.timedOut, host: "api.fake.test", detail: "60 s")
            case 2: throw HTTPTransportError(.connectionLost, host: "api.fake.test", detail: "reset")
            default: return HTTPResponse(status: 502, body: Array("<html>".utf8))
            }
        }
        let error = await self.failure(client)
        #expect(error?.kind == .transient)
        #expect(recorder.all.count == 5)
        #expect(time.sleeps == [2, 4, 8, 16])
    }

    @Test("What asking again cannot mend is asked once", arguments: [400, 401, 404, 410, 422, 451])
    func permanent(status: Int) async {
        let time = FakeTime()
        let recorder = Recorder()
        let client = self.client(time: time, recorder: recorder) { _, _ in .json(["message": "no"], status: status) }
        let error = await self.failure(client)
        #expect(error?.isTransient == false)
        #expect(error?.status == status)
        #expect(recorder.all.count == 1)
    }

    @Test("A renamed repository's redirect is followed on the same host", arguments: [301, 302, 307])
    func redirect(status: Int) async throws {
        let recorder = Recorder()
        let client = self.client(time: FakeTime(), recorder: recorder) { _, request in
            request.url.hasSuffix("/x") ? HTTPResponse(status: status, headers: ["Location": "/repositories/42"]) : .json([2])
        }
        #expect(try await self.ask(client) == [2])
        #expect(recorder.urls == ["https://api.fake.test/x", "https://api.fake.test/repositories/42"])
    }

    @Test(
        "The token never leaves for another origin",
        arguments: [
            "https://evil.test/x", "http://api.fake.test/x", "https://api.fake.test:8443/x", "//evil.test/x",
            "https://api.fake.test@evil.test/x", "https://api.fake.test.evil.test/x", #"https://evil.test\@api.fake.test/x"#,
        ]
    )
    func foreignOrigin(location: String) async throws {
        let recorder = Recorder()
        let redirecting = self.client(time: FakeTime(), recorder: recorder) { _, _ in
            HTTPResponse(status: 302, headers: ["location": location])
        }
        #expect(await self.failure(redirecting) != nil)
        #expect(recorder.all.count == 1)
        #expect(recorder.all.allSatisfy { $0.url == "https://api.fake.test/x" })

        let linking = self.client(time: FakeTime()) { _, _ in .json([], headers: ["link": "<\(location)>; rel=\"next\""]) }
        let answer = try await linking.get(linking.url("/x"), unit: "unit")
        #expect(throws: ConnectorError.self) { try linking.next(after: answer, unit: "unit") }
    }

    @Test("A redirect in circles and a redirect of a question with a body are refused")
    func badRedirects() async {
        let circle = self.client(time: FakeTime()) { _, _ in HTTPResponse(status: 301, headers: ["location": "/x"]) }
        #expect(await self.failure(circle)?.kind == .dataFormat)
        let client = self.client(.jira, time: FakeTime()) { _, _ in HTTPResponse(status: 302, headers: ["location": "/login"]) }
        await #expect(throws: ConnectorError.self) { try await client.ask(client.url("/q"), [:], unit: "unit") }
    }

    @Test("Tokens do not stand in errors, whatever the server echoes")
    func redaction() async {
        let client = self.client(time: FakeTime()) { _, _ in
            .json(["message": "bad token ghp_topsecret\nsecond line"], status: 401)
        }
        let error = await self.failure(client)
        #expect(error?.message.contains("ghp_topsecret") == false)
        #expect(error?.message.contains("bad token ‹secret› second line") == true)
        #expect(error.map { !"\($0)".contains("\n") } == true)
    }

    @Test("A web page instead of JSON says to check base_url; JSON cut short is asked for once more")
    func notJSON() async throws {
        let page = self.client(.jira, time: FakeTime()) { _, _ in
            HTTPResponse(status: 200, body: Array("<!doctype html>".utf8))
        }
        let error = await self.failure(page)
        #expect(error?.kind == .dataFormat)
        #expect(error?.message.contains("web page") == true)
        let cut = self.client(time: FakeTime()) { count, _ in
            count == 1 ? HTTPResponse(status: 200, body: Array("[1,".utf8)) : .json([1])
        }
        #expect(try await self.ask(cut) == [1])
    }

    @Test("Cancelling ends a wait")
    func cancelling() async {
        let client = self.client(time: FakeTime()) { _, _ in
            withUnsafeCurrentTask { $0?.cancel() }
            return HTTPResponse(status: 503)
        }
        let task = Task { try await self.ask(client) }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("The next page's link is found among others")
    func links() {
        #expect(LinkHeader.next(in: #"<https://a/1>; rel="prev", <https://a/3?x=1,2>; rel="next""#) == "https://a/3?x=1,2")
        #expect(LinkHeader.next(in: "<https://a/3>; rel=next") == "https://a/3")
        #expect(LinkHeader.next(in: #"<https://a/3>; rel="last""#) == nil)
        #expect(LinkHeader.next(in: "garbage") == nil)
    }

    @Test("The authorization reaches the source with every request")
    func authorization() async throws {
        let fake = FakeGitHub(pulls: 3, comments: 3)
        _ = try await syncGitHub(fake.transport, RecordingIngestionStore())
        #expect(fake.recorder.all.allSatisfy { $0.headers["Authorization"] == "Bearer ghp_topsecret" })
        #expect(
            fake.recorder.all.allSatisfy { $0.headers["X-GitHub-Api-Version"] == "2022-11-28" && $0.headers["user-agent"] != nil }
        )
        let jira = FakeJira(pay: 2)
        _ = try await syncJira(jira.transport, RecordingIngestionStore())
        let basic = "Basic " + Data("a@b.test:jira_topsecret".utf8).base64EncodedString()
        #expect(jira.recorder.all.allSatisfy { $0.headers["authorization"] == basic })
    }
}
