import FloatJSON
import Foundation
import HTTPTransport
import Resilience

/// Decides what an error answer means: by the provider file's rules, then by what all services have in common.
struct ErrorClassification: Sendable {
    private struct Rule: Sendable {
        var statuses: [Int]
        var code: NSRegularExpression?
        var message: NSRegularExpression?
        /// Whether it holds only where the answer names no wait: what a wait cures needs no person.
        var isWaitless = false
        var action: ProviderErrorRule.Action
    }

    /// What an error answer says of itself.
    private struct Answer {
        var message = ""
        var code = ""
        /// The whole, and where that is an array its first element: Google wraps some errors in one.
        var nodes: [JSONNode] = []
        /// Whether it holds a message where the provider file says that one stands.
        var isTold = false
        var isPage = false
    }

    /// Bytes of an answer beyond which it is not looked at for an error that calls itself a success.
    static let longestError = 1 << 16
    /// Characters of a message, or of codes, beyond which nothing is looked for.
    static let longestMessage = 2_000

    private static let usualMessages: [JSONPath] = [
        "error.message", "message", "error", "detail", "detail[0].msg", "Message", "errors[0].message", "errors[0]",
    ]
    private static let usualCodes: [JSONPath] = [
        "error.code", "error.type", "error.status", "code", "type", "error_type", "errors[0].code", "__type",
    ]
    private static let usualWaits: [RetryAfterForm] = [
        RetryAfterForm(place: .header("retry-after-ms"), unit: .milliseconds),
        RetryAfterForm(place: .header("retry-after"), unit: .secondsOrDate),
    ]
    private static let usualRules: [Rule] = [
        Rule(statuses: [402, 403, 429], code: pattern("insufficient_quota|billing"), action: .fatal),
        // AWS answers some limits with 400, Google with 403, and words that of a minute like an account that is used up.
        Rule(
            statuses: [400, 403, 429],
            code: pattern("throttl|ServiceQuotaExceeded|TooManyRequests|RESOURCE_EXHAUSTED|rateLimitExceeded"),
            action: .rateLimited
        ),
        Rule(
            statuses: [429],
            message: pattern("exceeded your current quota|check your plan and billing"),
            isWaitless: true,
            action: .fatal
        ),
        Rule(statuses: [400], code: pattern("API_KEY_INVALID|invalid_api_key"), action: .fatal),
        Rule(statuses: [400], message: pattern("api key not valid|(invalid|incorrect) api key"), action: .fatal),
        Rule(
            statuses: [400, 422],
            message: pattern(
                "(unknown|unsupported|unrecognized|unexpected) (parameter|field|argument|property|model)"
                    + "|model\\b.{0,80}(not found|does not exist|not supported)|not a valid model"
            ),
            action: .fatal
        ),
        Rule(
            statuses: [400, 413, 422],
            message: pattern(
                "maximum context length|context (length|size|window)|too long|too many (input )?tokens"
                    + "|max(imum)? (input )?tokens|input (length|token count)"
                    + "|(exceed|longer|larger|less than|more than|maximum).{0,60}token|tokens?.{0,40}exceed"
            ),
            action: .shorten
        ),
    ]

    /// How services say that it is too much, where no status says so.
    private static let limited = pattern("rate.?limit|too many requests|throttl|resource.?exhausted|quota exceeded")

    let provider: String
    private let rules: [Rule]
    /// Where the provider file says that messages stand.
    private let ownMessages: [JSONPath]
    private let codes: [JSONPath]
    private let waits: [RetryAfterForm]
    /// Never to stand in a message.
    private let secrets: [String]

    init(provider: String, exchange: ProviderExchange, secrets: [String]) {
        self.provider = provider
        self.rules =
            exchange.errorRules.map {
                Rule(
                    statuses: $0.statuses,
                    code: $0.code.flatMap(Self.pattern),
                    message: $0.message.flatMap(Self.pattern),
                    action: $0.action
                )
            } + Self.usualRules
        self.ownMessages = exchange.errorMessage
        self.codes = exchange.errorCode + Self.usualCodes
        self.waits = exchange.retryAfter + Self.usualWaits
        self.secrets = secrets.filter { $0.utf8.count >= 4 }
    }

    /// The error that `response` stands for.
    ///
    /// - Parameter texts: what was sent; never repeated in the message.
    func error(for response: HTTPResponse, texts: [String]) -> EmbeddingError {
        let answer = self.read(response)
        let wait = self.wait(response, answer)
        let (kind, isTooLong) = self.kind(status: response.status, answer: answer, wait: wait, count: texts.count)
        var error = EmbeddingError(
            kind,
            provider: self.provider,
            message: self.sentence(response, answer, kind: kind, texts: texts),
            status: response.status,
            retryAfter: wait
        )
        error.isTooLong = isTooLong
        return error
    }

    /// The error in an answer that calls itself a success; nil where it holds none.
    func hiddenError(in response: HTTPResponse, texts: [String]) -> EmbeddingError? {
        guard response.body.count <= Self.longestError else { return nil }
        let answer = self.read(response)
        if answer.isPage {
            return EmbeddingError(
                .invalidAnswer,
                provider: self.provider,
                message: "it answered with a web page instead of JSON; check the URL, and proxies on the way",
                status: response.status
            )
        }
        guard let node = answer.nodes.last, node.members != nil else { return nil }
        let inner = node["error"]
        let isNamed = answer.isTold || inner?.members != nil || inner?.string?.isEmpty == false
        let isLimited = Self.finds(Self.limited, in: answer.code) || Self.finds(Self.limited, in: answer.message)
        let status = [inner?["code"], inner?["status"], node["code"], node["status"], node["statusCode"], node["status_code"]]
            .compactMap { $0?.scalarText.flatMap { Int($0) } }.first { (400..<600).contains($0) }
        guard isNamed || isLimited || status != nil else { return nil }
        var failed = response
        failed.status = status ?? (isLimited ? 429 : 502)
        return self.error(for: failed, texts: texts)
    }

    // MARK: Kind

    private func kind(
        status: Int,
        answer: Answer,
        wait: Duration?,
        count: Int
    ) -> (EmbeddingError.Kind, isTooLong: Bool) {
        var isRefused = false
        for rule in self.rules where Self.matches(rule, status: status, answer: answer, wait: wait) {
            switch rule.action {
            case .split where count > 1: return (.splittable, false)
            // A text alone is no list that is too long: what stands against it, another rule may know.
            case .split: isRefused = true
            case .shorten: return (count > 1 ? .splittable : .content, true)
            case .fatal: return (.configuration, false)
            case .retry: return (.transient, false)
            case .rateLimited: return (.rateLimited, false)
            }
        }
        if isRefused { return (.content, false) }
        return switch status {
        // A page comes from a proxy, which knows nothing of the texts.
        case 400, 413, 422: (answer.isPage && status != 413 ? .transient : count > 1 ? .splittable : .content, false)
        case 408, 409, 423, 424, 425, 500...599: (.transient, false)
        case 429: (.rateLimited, false)
        default: (.configuration, false)
        }
    }

    private static func matches(_ rule: Rule, status: Int, answer: Answer, wait: Duration?) -> Bool {
        guard rule.statuses.isEmpty || rule.statuses.contains(status) else { return false }
        if rule.isWaitless, let wait, wait > .zero { return false }
        if let code = rule.code, !self.finds(code, in: answer.code) { return false }
        if let message = rule.message, !self.finds(message, in: answer.message) { return false }
        return true
    }

    private static func finds(_ pattern: NSRegularExpression?, in text: String) -> Bool {
        pattern?.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    /// Nil where it is not a regular expression; ``ExchangeReading`` has refused those.
    private static func pattern(_ text: String) -> NSRegularExpression? {
        do {
            return try NSRegularExpression(pattern: text, options: [.caseInsensitive])
        } catch {
            return nil
        }
    }

    // MARK: Reading

    private func read(_ response: HTTPResponse) -> Answer {
        var answer = Answer()
        let start = response.body.first { !($0 == 0x20 || (0x09...0x0D).contains($0)) }
        if start == UInt8(ascii: "<") || response.headers["content-type"]?.lowercased().hasPrefix("text/html") == true {
            answer.isPage = true
            return answer
        }
        do {
            let node = try JSONNodeParser.parse(Array(response.body.prefix(1 << 18)))
            answer.nodes = [node] + (node.elements?.first.map { [$0] } ?? [])
            let told = Self.firstText(self.ownMessages, in: answer.nodes)
            answer.isTold = told != nil
            answer.message = told ?? Self.firstText(Self.usualMessages, in: answer.nodes) ?? ""
            answer.code = self.codes.flatMap { path in answer.nodes.flatMap { path.select(in: $0) } }.compactMap(\.scalarText)
                .joined(separator: " ")
        } catch {
            answer.message = String(decoding: response.body.prefix(300), as: UTF8.self)
        }
        if let type = response.headers["x-amzn-errortype"] { answer.code += " " + type }
        answer.message = Self.beginning(of: answer.message)
        answer.code = Self.beginning(of: answer.code)
        return answer
    }

    /// As much of a text as is looked at. Where it goes on, its last word is left out: it may be half a secret.
    private static func beginning(of text: String) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: Self.longestMessage, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        let start = scalars[..<end]
        return String(start[..<(start.lastIndex { $0.properties.isWhitespace } ?? end)])
    }

    private static func firstText(_ paths: [JSONPath], in nodes: [JSONNode]) -> String? {
        for path in paths {
            for node in nodes {
                if let text = path.select(in: node).lazy.compactMap(\.string).first(where: { !$0.isEmpty }) { return text }
            }
        }
        return nil
    }

    private func wait(_ response: HTTPResponse, _ answer: Answer) -> Duration? {
        for form in self.waits {
            let text: String? =
                switch form.place {
                case .header(let name): response.headers[name]
                case .body(let path): answer.nodes.lazy.flatMap { path.select(in: $0) }.compactMap(\.scalarText).first
                }
            guard let text else { continue }
            let wait: Duration? =
                switch form.unit {
                case .seconds, .duration: GoDuration.parse(text)
                case .milliseconds:
                    Double(text).flatMap { $0.isFinite ? .milliseconds(max(0, min($0, 604_800_000))) : nil }
                case .secondsOrDate: RetryAfter.parse(text, now: Date())
                }
            if let wait { return wait }
        }
        return nil
    }

    // MARK: Message

    private func sentence(_ response: HTTPResponse, _ answer: Answer, kind: EmbeddingError.Kind, texts: [String]) -> String {
        var sentence = "it answered \(response.status)"
        if answer.isPage {
            sentence += " with a web page instead of JSON"
        } else if (300..<400).contains(response.status) {
            sentence += ", a redirect, which is not followed"
        } else {
            let said = self.discreet(answer.message, texts: texts)
            if !said.isEmpty { sentence += ": \(said)" }
        }
        switch kind {
        case .configuration:
            switch response.status {
            case 401, 403: sentence += " (check the key and what it permits)"
            case 300..<400, 404: sentence += " (check the URL and the model in the provider file)"
            case 402, 429: sentence += " (check the account's plan and billing)"
            default: break
            }
        case .transient where answer.isPage: sentence += " (a proxy on the way, or the service is down)"
        default: break
        }
        return sentence
    }

    /// One line without secrets, without what the texts say, and not too long.
    func discreet(_ text: String, texts: [String]) -> String {
        var line = text.split(whereSeparator: { $0.isNewline || $0 == "\t" || $0 == "\0" }).joined(separator: " ")
        for secret in self.secrets { line.replace(secret, with: "***") }
        line.replace(/\b(sk-|pa-|hf_|gsk_|jina_|AIza|AKIA|eyJ)[-_.A-Za-z0-9*]{12,}/, with: "***")
        line.replace(/"[^"]{24,}"|'[^']{24,}'|`[^`]{24,}`/, with: "\"…\"")
        for text in texts {
            let beginning = text.prefix(16)
            if beginning.count >= 8, let echo = line.firstRange(of: String(beginning)) {
                line = line[..<echo.lowerBound] + "…"
            }
        }
        return line.count > 240 ? line.prefix(240) + "…" : line
    }
}
