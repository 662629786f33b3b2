import Foundation
import HTTPTransport
import Logging
import Resilience

/// Asks one source, politely: obeying its limits, with the token that has the most left, and never telling a token to another host.
actor SourceClient {
    nonisolated let base: SourceURL
    private let headers: HTTPHeaders
    private let messages: SourceMessages
    private let dialect: SourceDialect
    private let transport: any HTTPTransport
    private let clock: SourceClock
    private let policy: RetryPolicy
    private let logger: Logger
    private let progress: @Sendable (SyncProgress) -> Void
    private let credentials: [SourceCredential]
    private var pool: CredentialPool
    private var costs: [String: Costs] = [:]
    private var circuit = SourceCircuit()

    /// - Parameters:
    ///   - headers: sent with every request; authorization included where there are no credentials.
    ///   - credentials: of which each request takes one; empty where `headers` say who asks.
    ///   - secrets: texts that must not appear in an error or a log.
    init(
        base: SourceURL,
        headers: HTTPHeaders,
        credentials: [SourceCredential] = [],
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
        self.credentials = credentials
        self.pool = CredentialPool(count: credentials.count)
        self.messages = SourceMessages(dialect: dialect, base: base, secrets: secrets.filter { !$0.isEmpty })
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

    /// Asks for what may not have changed.
    ///
    /// - Parameter tags: of the last finished pass; nil asks plainly, and so do tags of another URL or version.
    /// - Returns: the answer, and the tags with which to ask next time.
    func get(_ url: SourceURL, unlessUnchanged tags: EntityTags?, unit: String) async throws -> (answer: Answer, tags: EntityTags)
    {
        let version = self.headers["x-github-api-version"] ?? ""
        let known = tags.flatMap { $0.target == url.target && $0.version == version ? $0 : nil }
        let answer = try await self.request(.get, url, body: nil, tags: known?.tags ?? [:], unit: unit)
        var next = known ?? EntityTags(target: url.target, version: version)
        if !answer.isUnchanged {
            // The tags of other credentials stood for what is no longer so.
            next.tags = answer.headers["etag"].map { [answer.credential: $0] } ?? [:]
        }
        return (answer, next)
    }

    /// For questions that need a body; they change nothing, so they are asked again like a GET.
    func ask(_ url: SourceURL, _ body: JSONValue, unit: String, patience: Patience = .usual) async throws -> Answer {
        try await self.request(.post, url, body: body.bytes, patience: patience, unit: unit)
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
    ///
    /// - Parameter unit: only those of this unit; nil takes all.
    func takeCosts(of unit: String? = nil) -> Costs {
        if let unit { return self.costs.removeValue(forKey: unit) ?? Costs() }
        defer { self.costs = [:] }
        return self.costs.sorted { $0.key < $1.key }.reduce(into: Costs()) { sum, entry in
            sum.requests += entry.value.requests
            sum.bytes += entry.value.bytes
            sum.waits += entry.value.waits
            sum.notes += entry.value.notes
        }
    }

    // MARK: - One request

    private func request(
        _ method: HTTPRequest.Method,
        _ url: SourceURL,
        body: [UInt8]?,
        tags: [String: String] = [:],
        patience: Patience = .usual,
        unit: String
    ) async throws -> Answer {
        let resource: CredentialPool.Resource = url.path.hasSuffix("/graphql") ? .graph : .rest
        let attempts = if case .attempts(let most) = patience { min(most, self.policy.attempts) } else { self.policy.attempts }
        var url = url
        var redirects = 0
        var attempt = 0
        var limitWaits = 0
        var renewed: Set<Int> = []
        try self.circuit.admit(self.dialect.name, unit: unit, at: self.clock.now())
        while true {
            try Task.checkCancellation()
            let credential = try await self.credential(resource, tags: tags, unit: unit)
            attempt += 1
            var failure: ConnectorError
            var wait: Duration?
            do {
                guard let authorization = try await self.authorization(credential, unit: unit) else {
                    attempt -= 1
                    continue
                }
                let asked = ContinuousClock.now
                let response = try await self.send(
                    method,
                    url,
                    body: body,
                    credential,
                    authorization,
                    resource,
                    tags: tags,
                    unit: unit
                )
                self.circuit.answered()
                if self.dialect.isAnonymous(response) {
                    throw self.messages.error(.authentication, response, at: url, unit: unit)
                }
                if response.status == 304 {
                    return Answer(
                        json: .null,
                        headers: response.headers,
                        url: url,
                        isUnchanged: true,
                        credential: self.name(of: credential),
                        elapsed: ContinuousClock.now - asked
                    )
                }
                var verdict: SourceDialect.Verdict?
                if response.isSuccess {
                    do {
                        let json = try JSONParser.parse(response.body)
                        verdict = self.dialect.verdict(onAnswer: json, response, now: self.clock.now())
                        if verdict == nil {
                            return Answer(
                                json: json,
                                headers: response.headers,
                                url: url,
                                credential: self.name(of: credential),
                                elapsed: ContinuousClock.now - asked
                            )
                        }
                        failure = self.messages.error(.transient, response, at: url, unit: unit)
                    } catch {
                        failure = self.messages.notJSON(response, at: url, error, unit: unit)
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
                    failure = self.messages.error(.transient, response, at: url, unit: unit)
                    verdict = self.dialect.verdict(on: response, now: self.clock.now())
                }
                switch verdict {
                case nil: break
                case .refused(let kind):
                    let error = self.messages.error(kind, response, at: url, unit: unit)
                    if kind == .authentication, renewed.insert(credential).inserted,
                        await self.forget(authorization, of: credential)
                    {
                        attempt -= 1
                        continue
                    }
                    guard kind == .authentication, self.pool.refuse(credential) else { throw error }
                    attempt -= 1
                    self.noteRefusal(of: credential, "check that it is right and not expired", unit: unit)
                    continue
                case .broken(let pause): wait = pause
                case .limited(let pause, let reason):
                    limitWaits += 1
                    // A limit costs time, not attempts; but one that never opens must end somewhere.
                    attempt -= 1
                    try await self.obey(
                        pause,
                        reason: reason,
                        waits: limitWaits,
                        credential,
                        resource,
                        failure: self.messages.error(.rateLimited, response, at: url, unit: unit),
                        unit: unit
                    )
                    continue
                }
            } catch let limit as LimitedCredential {
                limitWaits += 1
                attempt -= 1
                try await self.obey(
                    limit.pause,
                    reason: "rate limit",
                    waits: limitWaits,
                    credential,
                    resource,
                    failure: limit.error,
                    unit: unit
                )
                continue
            } catch let error as HTTPTransportError {
                let kind: ConnectorError.Kind =
                    switch error.kind {
                    case .invalidURL: .configuration
                    case .answerTooLarge: .dataFormat
                    case .cannotConnect, .timedOut, .connectionLost: .transient
                    }
                failure = ConnectorError(kind, unit: unit, message: self.messages.clean("\(url.path): \(error)"))
                guard kind == .transient else { throw failure }
                if attempt >= attempts { self.circuit.stayedSilent(at: self.clock.now(), random: self.clock.random()) }
            }
            guard attempt < attempts else { throw failure }
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

    /// Closes the token for as long as the limit asks, and waits where no other one is open.
    private func obey(
        _ asked: Duration?,
        reason: String,
        waits: Int,
        _ credential: Int,
        _ resource: CredentialPool.Resource,
        failure: ConnectorError,
        unit: String
    ) async throws {
        let now = self.clock.now()
        let pause =
            asked
            ?? max(self.dialect.unspecifiedWait, self.policy.backoff.delay(after: waits, random: self.clock.random()))
        let opening = now.addingTimeInterval(pause.seconds)
        // The limit is the account's: the other units need not run into it again.
        self.pool.close(credential, resource, until: opening)
        guard case .wait(let until) = self.pool.choose(resource, at: now) else { return }
        let wait = Duration.seconds(until.timeIntervalSince(now))
        guard waits <= self.policy.limitWaits, wait <= self.policy.longestWait else {
            var error = failure
            error.retryAt = until
            throw error
        }
        // Exactly what was asked, where this one opens first.
        try await self.wait(until == opening ? pause : wait, reason: reason, unit: unit)
    }

    /// A credential that cannot be got for a while: that costs time, as every limit does, and not the credential.
    private struct LimitedCredential: Error {
        var error: ConnectorError
        var pause: Duration
    }

    /// The value of the `authorization` header; empty where the client's headers say who asks.
    ///
    /// - Returns: nil where this credential can be got no more but another one is left.
    /// - Throws: ``LimitedCredential`` where it is to be asked for later.
    private func authorization(_ credential: Int, unit: String) async throws -> String? {
        guard self.credentials.indices.contains(credential) else { return "" }
        do {
            return try await self.credentials[credential].authorization()
        } catch var error as ConnectorError where error.kind == .rateLimited {
            error.unit = unit
            let now = self.clock.now()
            throw LimitedCredential(error: error, pause: .seconds(max(0, (error.retryAt ?? now).timeIntervalSince(now))))
        } catch let error as ConnectorError where !error.isTransient {
            guard self.pool.refuse(credential) else { throw error }
            self.noteRefusal(of: credential, error.message, unit: unit)
            return nil
        }
    }

    private func forget(_ authorization: String, of credential: Int) async -> Bool {
        guard self.credentials.indices.contains(credential) else { return false }
        return await self.credentials[credential].forget(authorization)
    }

    /// One bad token of several costs its share, not the sync.
    private func noteRefusal(of credential: Int, _ remedy: String, unit: String) {
        self.costs[unit, default: Costs()].notes.append(
            "token \(credential + 1) of \(self.credentials.count) is refused: \(remedy)"
        )
    }

    private func name(of credential: Int) -> String {
        self.credentials.indices.contains(credential) ? self.credentials[credential].name : "only"
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ url: SourceURL,
        body: [UInt8]?,
        _ credential: Int,
        _ authorization: String,
        _ resource: CredentialPool.Resource,
        tags: [String: String],
        unit: String
    ) async throws -> HTTPResponse {
        // The one place where a request leaves: whatever led here, a token goes to the integration's own origin only.
        guard url.origin == self.base.origin else {
            throw HTTPTransportError(.invalidURL, host: url.origin.host, detail: "not the integration's own host")
        }
        var headers = self.headers
        if !authorization.isEmpty { headers["authorization"] = authorization }
        if body != nil { headers["content-type"] = "application/json" }
        if let tag = tags[self.name(of: credential)] { headers["if-none-match"] = tag }
        self.costs[unit, default: Costs()].requests += 1
        let response = try await self.transport.send(HTTPRequest(method, url.description, headers: headers, body: body))
        self.costs[unit, default: Costs()].bytes += response.body.count
        if let remaining = response.headers["x-ratelimit-remaining"].flatMap({ Int($0) }) {
            let now = self.clock.now()
            let reset = self.dialect.reset(response, now: now).map { now.addingTimeInterval($0.seconds) }
            self.pool.observe(credential, resource, remaining: remaining, reset: reset)
        }
        return response
    }

    // MARK: - Waiting

    /// The token that asks next, once one is open.
    private func credential(_ resource: CredentialPool.Resource, tags: [String: String], unit: String) async throws -> Int {
        let preferred = Set(self.credentials.indices.filter { tags[self.credentials[$0].name] != nil })
        while true {
            let now = self.clock.now()
            switch self.pool.choose(resource, at: now, preferring: preferred) {
            case .use(let index): return index
            case .wait(let until):
                let pause = Duration.seconds(until.timeIntervalSince(now))
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
        }
    }

    private func wait(_ pause: Duration, reason: String, unit: String) async throws {
        let wait = SyncReport.Wait(unit: unit, seconds: pause.seconds, reason: reason)
        self.costs[unit, default: Costs()].waits.append(wait)
        self.progress(.waiting(wait))
        self.logger.info(
            "waiting for the source",
            metadata: ["unit": "\(unit)", "seconds": "\(pause.seconds)", "reason": "\(reason)"]
        )
        try await self.clock.sleep(pause)
    }
}
