import FloatJSON
public import HTTPTransport
public import Resilience

/// An embedding service as a ``ProviderDefinition`` describes it.
public struct HTTPEmbeddingProvider: EmbeddingProvider {
    public let definition: ProviderDefinition
    public let limits: EmbeddingLimits

    public var id: String { self.definition.id }
    public var space: VectorSpace { self.definition.space }
    public var tokenCounter: any TokenCounting {
        EstimatedTokenCounter(charactersPerToken: self.definition.charactersPerToken)
    }

    private let exchange: ProviderExchange
    private let transport: any HTTPTransport
    private let signer: any RequestSigner
    private let limiter: any RateLimiting
    /// Without authorization and body.
    private let requests: [EmbeddingTask: HTTPRequest]
    private let bodies: [EmbeddingTask: BodyTemplate]
    private let reading: VectorReading
    private let classification: ErrorClassification

    /// Makes the provider ready: resolves variables and secrets, which are not read again.
    ///
    /// - Parameters:
    ///   - routes: has transports by way of a proxy, or with certificates of the file's own.
    ///   - environment: the value of an environment variable.
    ///   - vault: a tenant's secret by its id.
    ///   - signingFunctions: needed by the authorization kinds `aws-sigv4` and `google-service-account`.
    ///   - signer: authorizes the requests instead of what the file says.
    ///   - limiter: the account's shared budget; without it, one of this provider alone.
    /// - Throws: ``EmbeddingError`` of kind `configuration`, where a secret or variable is missing or the provider is not for HTTP.
    public init(
        definition: ProviderDefinition,
        transport: any HTTPTransport,
        routes: (any HTTPRouting)? = nil,
        environment: @escaping @Sendable (String) -> String?,
        vault: @escaping @Sendable (String) -> String? = { _ in nil },
        signingFunctions: SigningFunctions? = nil,
        signer: (any RequestSigner)? = nil,
        limiter: (any RateLimiting)? = nil
    ) throws(EmbeddingError) {
        guard let exchange = definition.exchange else {
            throw EmbeddingError(
                .configuration,
                provider: definition.id,
                message: "it runs on the device and has nothing to ask over HTTP"
            )
        }
        let filling = try ProviderFilling(definition, environment: environment, vault: vault)
        var requests: [EmbeddingTask: HTTPRequest] = [:]
        var bodies: [EmbeddingTask: BodyTemplate] = [:]
        for task in EmbeddingTask.allCases {
            requests[task] = try filling.request(exchange, task: task)
            bodies[task] = filling.body(exchange, task: task)
        }
        let transport = try filling.transport(exchange, direct: transport, routes: routes)
        self.definition = definition
        self.exchange = exchange
        self.transport = transport
        if let signer {
            self.signer = signer
        } else {
            self.signer = try exchange.authorization.signer(
                filling.environment,
                fill: { text throws(EmbeddingError) in try filling.text(text, task: .document) },
                transport: transport,
                functions: signingFunctions
            )
        }
        self.limiter =
            limiter
            ?? SharedRateLimiter(
                account: definition.id,
                policy: BudgetPolicy(rates: definition.rates, concurrency: definition.limits.concurrency),
                ledger: LocalBudgetLedger(),
                process: definition.id
            )
        self.requests = requests
        self.bodies = bodies
        self.reading = VectorReading(
            provider: definition.id,
            dimensions: definition.space.dimensions,
            path: exchange.vectors,
            index: exchange.index,
            encoding: exchange.encoding,
            normalization: exchange.normalization,
            isNormalized: definition.isNormalized
        )
        self.classification = ErrorClassification(
            provider: definition.id,
            exchange: exchange,
            secrets: filling.secrets(exchange)
        )
        self.limits = Self.limits(definition, mode: exchange.mode)
    }

    /// The file's limits, less what this provider adds to each text.
    private static func limits(_ definition: ProviderDefinition, mode: ProviderExchange.Mode) -> EmbeddingLimits {
        var limits = definition.limits
        let counter = EstimatedTokenCounter(charactersPerToken: definition.charactersPerToken)
        let prefix = definition.tasks.values.map { counter.count($0.prefix) }.max() ?? 0
        limits.tokensPerItem = max(1, limits.tokensPerItem - prefix)
        if mode == .single { limits.items = 1 }
        // A request of more than five seconds' worth of the budget would hold up whoever comes after it.
        if let rate = definition.rates.tokensPerMinute {
            let share = max(limits.tokensPerItem, Int(rate / 12))
            limits.tokensPerRequest = min(limits.tokensPerRequest ?? share, share)
        }
        return limits
    }

    public func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
        guard !texts.isEmpty else { return EmbeddingBatch(vectors: [], tokens: 0) }
        guard self.exchange.mode == .batch || texts.count == 1 else {
            var batch = EmbeddingBatch(vectors: [], tokens: 0)
            for text in texts {
                let one = try await self.embed([text], as: task)
                batch.vectors += one.vectors
                batch.tokens = batch.tokens.flatMap { sum in one.tokens.map { sum + $0 } }
            }
            return batch
        }
        guard var request = self.requests[task], let body = self.bodies[task] else {
            throw EmbeddingError(.configuration, provider: self.id, message: "it has no request for \(task.rawValue)")
        }
        try await self.admit(texts, as: task)
        let response: HTTPResponse
        do {
            // Made only now: what waits for its turn is the texts, not a second copy of them.
            request.content = body.body(for: texts)
            request.maximumAnswerBytes = min(request.maximumAnswerBytes, self.longestAnswer(to: texts))
            response = try await self.exchange(request)
        } catch {
            await self.limiter.ended(nil)
            throw error
        }
        // A refusal may call itself a success. It is short, and the budget is to learn of it; a long answer gives its place back
        // before it is read.
        if response.isSuccess, response.body.count > ErrorClassification.longestError {
            await self.limiter.ended(self.observation(response))
            return try self.batch(in: response, texts: texts).get()
        }
        let batch = self.batch(in: response, texts: texts)
        if case .failure(let error) = batch {
            await self.limiter.ended(self.observation(response, error: error))
        } else {
            await self.limiter.ended(self.observation(response))
        }
        return try batch.get()
    }

    /// Bytes beyond which an answer holds no vectors of these texts: whoever answers decides how much, and it would be taken into memory.
    ///
    /// Numbers take up to 25 bytes, and a line of their own with what stands before it where the answer is indented; some services
    /// repeat the texts, and may escape each character of them; what else they say is short. Where the file takes one vector of
    /// several, there may be one for each token.
    private func longestAnswer(to texts: [String]) -> Int {
        let steps = self.exchange.vectors.steps
        let ofText = steps.firstIndex(of: .every).map { steps[$0...] } ?? steps[...]
        let takesOneOfSeveral = ofText.contains { if case .index = $0 { true } else { false } }
        let vector = self.space.dimensions * 40 * (takesOneOfSeveral ? self.definition.limits.tokensPerItem : 1)
        let longest = texts.reduce(1 << 20) { $0 + vector + $1.utf8.count * 6 }
        return takesOneOfSeveral ? min(longest, Self.longestOfTokens) : longest
    }

    /// Of an answer with a vector for each token: what is beyond it would be held in memory for nothing.
    private static let longestOfTokens = 128 << 20

    private func batch(in response: HTTPResponse, texts: [String]) -> Result<EmbeddingBatch, EmbeddingError> {
        guard response.isSuccess else { return .failure(self.classification.error(for: response, texts: texts)) }
        do {
            let vectors = try self.reading.vectors(in: response.body, count: texts.count)
            return .success(EmbeddingBatch(vectors: vectors, tokens: self.usage(response)))
        } catch {
            return .failure(self.classification.hiddenError(in: response, texts: texts) ?? error)
        }
    }

    private func exchange(_ request: HTTPRequest) async throws -> HTTPResponse {
        let authorized = try await self.signer.authorize(request)
        let response = try await self.send(authorized)
        guard response.status == 401, await self.signer.refused(authorized) else { return response }
        return try await self.send(try await self.signer.authorize(request))
    }

    private func admit(_ texts: [String], as task: EmbeddingTask) async throws {
        let counter = self.tokenCounter
        let tokens = texts.reduce(0) { $0 + counter.count($1) }
        do {
            try await self.limiter.admit(
                .init(requests: 1, tokens: tokens, items: texts.count),
                payer: RatePayer.current,
                isUrgent: task == .query
            )
        } catch let error as RateLimitReached {
            throw EmbeddingError(
                .rateLimited,
                provider: self.id,
                message:
                    "its budget is spent, or it has refused lately; it can be asked again in \(Int(error.retryAfter.seconds.rounded(.up))) s",
                retryAfter: error.retryAfter
            )
        }
    }

    private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            return try await self.transport.send(request)
        } catch let error as HTTPTransportError {
            let message = self.classification.discreet("\(error)", texts: [])
            throw EmbeddingError(.init(error), provider: self.id, message: message).naming(hostOf: error)
        }
    }

    private func observation(_ response: HTTPResponse, error: EmbeddingError? = nil) -> RateBudget.Observation {
        let names = self.exchange.rateHeaders
        func number(_ name: String?) -> Int? { name.flatMap { response.headers[$0] }.flatMap { Int($0) } }
        func wait(_ name: String?) -> Duration? { name.flatMap { response.headers[$0] }.flatMap { GoDuration.parse($0) } }
        var observation = RateBudget.Observation(
            remainingRequests: number(names.remainingRequests),
            remainingTokens: number(names.remainingTokens),
            resetRequests: wait(names.resetRequests),
            resetTokens: wait(names.resetTokens),
            limitRequests: number(names.limitRequests),
            limitTokens: number(names.limitTokens)
        )
        if let error {
            observation.refused = error.kind == .rateLimited
            observation.retryAfter = error.retryAfter
        }
        return observation
    }

    /// No request has more: what says so counts something else, and sums of such numbers would not hold.
    private static let mostTokens = 1_000_000_000

    /// Tokens as billed; what cannot be read or cannot be is not worth failing for.
    private func usage(_ response: HTTPResponse) -> Int? {
        self.billed(response).flatMap { (0...Self.mostTokens).contains($0) ? $0 : nil }
    }

    private func billed(_ response: HTTPResponse) -> Int? {
        do {
            switch self.exchange.usage {
            case .path(let paths):
                for path in paths {
                    if let tokens = try FloatScanner.integer(in: response.body, at: path) { return tokens }
                }
                return nil
            case .sum(let path):
                let counts = try FloatScanner.integers(in: response.body, at: path)
                guard !counts.isEmpty, counts.allSatisfy({ (0...Self.mostTokens).contains($0) }) else { return nil }
                return counts.reduce(0, +)
            case .header(let name):
                return response.headers[name].flatMap { Int($0) }
            case .estimate:
                return nil
            }
        } catch {
            return nil
        }
    }
}
