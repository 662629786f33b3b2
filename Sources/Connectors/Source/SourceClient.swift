import Foundation
import HTTPTransport
import Logging
import Resilience

/// Asks one source, politely: one request at a time, obeying its limits, and never telling the token to another host.
actor SourceClient {
    /// A successful answer.
    struct Answer: Sendable {
        var json: JSONValue
        var headers: HTTPHeaders
        /// Where it came from, redirects followed.
        var url: SourceURL
    }

    /// What asking has cost since the last look.
    struct Costs: Sendable {
        var requests = 0
        var bytes = 0
        var waits: [SyncReport.Wait] = []
    }

    nonisolated let base: SourceURL
    private let headers: HTTPHeaders
    private let secrets: [String]
    private let dialect: SourceDialect
    private let transport: any HTTPTransport
    private let clock: SourceClock
    private let policy: RetryPolicy
    private let logger: Logger
    private let progress: @Sendable (SyncProgress) -> Void
    private var costs = Costs()
    /// Nothing is left of the limit until then.
    private var closedUntil: Date?

    /// - Parameters:
    ///   - headers: sent with every request, authorization included.
    ///   - secrets: texts that must not appear in an error or a log.
    init(
        base: SourceURL,
        headers: HTTPHeaders,
        secrets: [String],
        dialect: SourceDialect,
        transport: any HTTPTransport,
        clock: SourceClock,
        policy: RetryPolicy,
        logger: Logger,
        progress: @escaping @Sendable (SyncProgress) -> Void
    ) {
        self.base = base
        self.headers = headers
        self.secrets = secrets.filter { !$0.isEmpty }
        self.dialect = dialect
        self.transport = transport
        self.clock = clock
        self.policy = policy
        self.logger = logger
        self.progress = progress
    }

    /// The URL of an API path with query variables.
    nonisolated func url(_ path: String, _ query: KeyValuePairs<String, String> = [:]) -> SourceURL {
        let variables = query.map { "\(SourceURL.encode($0.key))=\(SourceURL.encode($0.value))" }.joined(separator: "&")
        return SourceURL(
            origin: self.base.origin,
            target: self.base.path + path + (variables.isEmpty ? "" : "?\(variables)")
        )
    }

    func get(_ url: SourceURL, unit: String) async throws -> Answer {
        try await self.request(.get, url, body: nil, unit: unit)
    }

    /// For questions that need a body; they change nothing, so they are asked again like a GET.
    func ask(_ url: SourceURL, _ body: JSONValue, unit: String) async throws -> Answer {
        try await self.request(.post, url, body: body.bytes, unit: unit)
    }

    /// The next page by the `Link` header.
    ///
    /// - Throws: ``ConnectorError`` where the link leaves the origin: the token must not follow it.
    nonisolated func next(after answer: Answer, unit: String) throws -> SourceURL? {
        guard let link = answer.headers["link"].flatMap(LinkHeader.next) else { return nil }
        guard let url = answer.url.resolving(link), url.origin == self.base.origin else {
            throw ConnectorError(
                .dataFormat,
                unit: unit,
                message: "the next page is said to be on another host, which must not see the token: check base_url"
            )
        }
        return url
    }

    /// The costs since the last call.
    func takeCosts() -> Costs {
        defer { self.costs = Costs() }
        return self.costs
    }

    // MARK: - One request

    private func request(_ method: HTTPRequest.Method, _ url: SourceURL, body: [UInt8]?, unit: String) async throws -> Answer {
        var url = url
        var redirects = 0
        var attempt = 0
        var limitWaits = 0
        while true {
            try Task.checkCancellation()
            try await self.waitForOpening(unit: unit)
            attempt += 1
            var failure: ConnectorError
            var wait: Duration?
            do {
                let response = try await self.send(method, url, body: body)
                if self.dialect.isAnonymous(response) {
                    throw self.error(.authentication, response, at: url, unit: unit)
                }
                if response.isSuccess {
                    do {
                        return Answer(json: try JSONParser.parse(response.body), headers: response.headers, url: url)
                    } catch {
                        failure = self.notJSON(response, at: url, error, unit: unit)
                        // A page cut short by a proxy is worth one more try; a login page is not.
                        if attempt >= 2 { throw failure }
                    }
                } else if let target = try self.redirect(response, from: url, method: method, unit: unit) {
                    redirects += 1
                    guard redirects <= 5 else {
                        throw ConnectorError(.dataFormat, unit: unit, message: "\(url.path) redirects in circles: check base_url")
                    }
                    url = target
                    attempt -= 1
                    continue
                } else {
                    let now = self.clock.now()
                    switch self.dialect.verdict(on: response, now: now) {
                    case .refused(let kind): throw self.error(kind, response, at: url, unit: unit)
                    case .broken(let asked):
                        failure = self.error(.transient, response, at: url, unit: unit)
                        wait = asked
                    case .limited(let asked, let reason):
                        limitWaits += 1
                        // A limit costs time, not attempts; but one that never opens must end somewhere.
                        attempt -= 1
                        let pause =
                            asked
                            ?? max(
                                self.dialect.unspecifiedWait,
                                self.policy.backoff.delay(after: limitWaits, random: self.clock.random())
                            )
                        guard limitWaits <= self.policy.limitWaits, pause <= self.policy.longestWait else {
                            var error = self.error(.rateLimited, response, at: url, unit: unit)
                            let opening = now.addingTimeInterval(pause.seconds)
                            error.retryAt = opening
                            // The limit is the account's: the other units need not run into it again.
                            self.closedUntil = opening
                            throw error
                        }
                        try await self.wait(pause, reason: reason, unit: unit)
                        continue
                    }
                }
            } catch let error as HTTPTransportError {
                let kind: ConnectorError.Kind =
                    switch error.kind {
                    case .invalidURL: .configuration
                    case .answerTooLarge: .dataFormat
                    case .cannotConnect, .timedOut, .connectionLost: .transient
                    }
                failure = ConnectorError(kind, unit: unit, message: self.clean("\(url.path): \(error)"))
                guard kind == .transient else { throw failure }
            }
            guard attempt < self.policy.attempts else { throw failure }
            let pause = wait ?? self.policy.backoff.delay(after: attempt, random: self.clock.random())
            guard pause <= self.policy.longestWait else {
                throw ConnectorError(
                    .rateLimited,
                    unit: unit,
                    message: failure.message,
                    retryAt: self.clock.now().addingTimeInterval(pause.seconds),
                    status: failure.status
                )
            }
            try await self.wait(pause, reason: failure.message, unit: unit)
        }
    }

    private func send(_ method: HTTPRequest.Method, _ url: SourceURL, body: [UInt8]?) async throws -> HTTPResponse {
        // The one place where a request leaves: whatever led here, a token goes to the integration's own origin only.
        guard url.origin == self.base.origin else {
            throw HTTPTransportError(.invalidURL, host: url.origin.host, detail: "not the integration's own host")
        }
        var headers = self.headers
        if body != nil { headers["content-type"] = "application/json" }
        self.costs.requests += 1
        let response = try await self.transport.send(HTTPRequest(method, url.description, headers: headers, body: body))
        self.costs.bytes += response.body.count
        if response.isSuccess, response.headers["x-ratelimit-remaining"] == "0",
            let pause = self.dialect.reset(response, now: self.clock.now())
        {
            self.closedUntil = self.clock.now().addingTimeInterval(pause.seconds)
        }
        return response
    }

    /// Where a redirect leads; nil where the answer is none.
    private func redirect(
        _ response: HTTPResponse,
        from url: SourceURL,
        method: HTTPRequest.Method,
        unit: String
    ) throws -> SourceURL? {
        guard [301, 302, 303, 307, 308].contains(response.status) else { return nil }
        guard let location = response.headers["location"], let target = url.resolving(location) else {
            throw ConnectorError(.dataFormat, unit: unit, message: "\(url.path) redirects to nowhere: check base_url")
        }
        guard target.origin == self.base.origin else {
            throw ConnectorError(
                .configuration,
                unit: unit,
                message: "\(url.path) redirects to \(target.origin), which must not see the token: check base_url",
                status: response.status
            )
        }
        guard method == .get else {
            throw ConnectorError(
                .configuration,
                unit: unit,
                message: "\(url.path) redirects to \(target.path): check base_url",
                status: response.status
            )
        }
        return target
    }

    // MARK: - Waiting

    private func waitForOpening(unit: String) async throws {
        guard let until = self.closedUntil else { return }
        let pause = Duration.seconds(until.timeIntervalSince(self.clock.now()))
        guard pause > .zero else {
            self.closedUntil = nil
            return
        }
        guard pause <= self.policy.longestWait else {
            throw ConnectorError(
                .rateLimited,
                unit: unit,
                message: "\(self.dialect.name)'s rate limit is used up",
                retryAt: until
            )
        }
        try await self.wait(pause, reason: "rate limit", unit: unit)
    }

    private func wait(_ pause: Duration, reason: String, unit: String) async throws {
        let wait = SyncReport.Wait(unit: unit, seconds: pause.seconds, reason: reason)
        self.costs.waits.append(wait)
        self.progress(.waiting(wait))
        self.logger.info(
            "waiting for the source",
            metadata: ["unit": "\(unit)", "seconds": "\(pause.seconds)", "reason": "\(reason)"]
        )
        try await self.clock.sleep(pause)
    }

    // MARK: - Errors

    private func error(_ kind: ConnectorError.Kind, _ response: HTTPResponse, at url: SourceURL, unit: String) -> ConnectorError {
        let said = self.message(in: response).map { " (\($0))" } ?? ""
        return ConnectorError(
            kind,
            unit: unit,
            message: self.clean("\(url.path) answered \(response.status)\(said): \(self.dialect.remedy(kind, base: self.base))"),
            status: response.status
        )
    }

    private func notJSON(
        _ response: HTTPResponse,
        at url: SourceURL,
        _ error: JSONParser.Failure,
        unit: String
    ) -> ConnectorError {
        let isPage = response.text.prefix(200).contains("<")
        let problem = isPage ? "answered a web page, not JSON" : "answered broken JSON (\(error))"
        return ConnectorError(
            .dataFormat,
            unit: unit,
            message: "\(url.path) \(problem): check that base_url is \(self.dialect.name)'s API address",
            status: response.status
        )
    }

    /// What the body says went wrong, in one line.
    private func message(in response: HTTPResponse) -> String? {
        guard let json = try? JSONParser.parse(response.body) else { return nil }
        var texts = [json["message"].text].compactMap(\.self) + (json["errorMessages"].array ?? []).compactMap(\.text)
        texts += (json["errors"].members ?? []).compactMap { member in member.value.text.map { "\(member.name): \($0)" } }
        texts += (json["errors"].array ?? []).compactMap { $0.text ?? $0["message"].text }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }

    /// What is shorter stands in every second word, and keeps no secret.
    private static let shortestSecret = 6

    /// One line, not endless, without secrets.
    private func clean(_ text: String) -> String {
        var text = text
        for secret in self.secrets where secret.count >= Self.shortestSecret { text = text.replacing(secret, with: "‹secret›") }
        text = String(text.map { $0.isNewline ? " " : $0 })
        return text.count > 500 ? "\(text.prefix(499))…" : text
    }
}
