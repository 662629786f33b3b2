import FloatJSON
import Foundation
import HTTPTransport

/// Reads what concerns HTTP: request, authorization, response, errors.
struct ExchangeReading {
    let reader: ObjectReader
    let collector: DiagnosticCollector
    let origin: ProviderDefinition.Origin
    let variables: Set<String>
    let tasks: [EmbeddingTask: ProviderTask]

    /// Nil only where something was reported.
    func exchange() -> ProviderExchange? {
        let request = self.reader.object("request", required: true)
        let response = self.reader.object("response", required: true)
        let authorization = self.authorization()
        let (messages, codes, rules) = self.errors()
        let retryAfter = self.retryAfter()
        let rateHeaders = self.rateHeaders()
        guard let request, let response else { return nil }
        defer {
            request.finish()
            response.finish()
        }

        let method: RequestMethod? = request.choice("method", default: .post)
        let url = self.url(request)
        let query = self.fields(request, "query")
        let headers = self.fields(request, "headers")
        let timeout = request.number("timeoutSeconds", in: 0.1...3600)
        let mode: ProviderExchange.Mode? = request.choice("mode", default: .batch)
        let body = request.member("body", required: true)
        if let body, let mode { BodyCheck(self, mode: mode).check(body) }

        let vectors = response.jsonPath("vectors", required: true)
        let index = response.jsonPath("index")
        if let index, !index.selectsMany {
            response.report("leads to one value", key: "index", remedy: "a path with [*] is expected, one index a vector")
        }
        let encoding: ProviderExchange.Encoding? = response.choice("encoding", default: .float)
        let normalization: ProviderExchange.Normalization? = response.choice("normalize", default: ProviderExchange.Normalization.none)
        let usage = self.usage(response)
        if let vectors, mode == .batch, !vectors.selectsMany {
            response.report("leads to one vector", key: "vectors", remedy: "a path with [*] is expected, or \"mode\": \"single\"")
        }

        guard let method, let url, let mode, let body, let vectors, let encoding, let normalization, let authorization
        else { return nil }
        return ProviderExchange(
            method: method == .put ? .put : .post, url: url, query: query, headers: headers,
            timeout: .seconds(timeout ?? 60), mode: mode, body: body, authorization: authorization,
            vectors: vectors, index: index, encoding: encoding, normalization: normalization, usage: usage,
            errorMessage: messages, errorCode: codes, errorRules: rules, retryAfter: retryAfter, rateHeaders: rateHeaders
        )
    }

    private enum RequestMethod: String, CaseIterable {
        case post = "POST"
        case put = "PUT"
    }

    private enum UsageSource: String, CaseIterable {
        case path, sum, header, estimate
    }

    // MARK: Request

    private func url(_ request: ObjectReader) -> String? {
        guard let url = request.string("url", required: true) else { return nil }
        self.checkTemplate(url, request, key: "url")
        let begins = url.hasPrefix("https://") || url.hasPrefix("http://") || url.hasPrefix("{{")
        let authority = url.split(separator: "://", maxSplits: 1).last?.prefix { $0 != "/" } ?? ""
        if !begins {
            request.report("is no URL", key: "url", remedy: "it begins with https://, http:// or a variable that does")
        } else if authority.contains("@") {
            request.report("holds credentials", key: "url", remedy: "use \"authorization\"")
        } else if url.contains("?") || url.contains("#") {
            request.report("holds a query or fragment", key: "url", remedy: "put query variables into \"request.query\"")
        } else if url.contains(where: { $0.isWhitespace || !$0.isASCII }) {
            request.report("holds characters that a URL cannot", key: "url", remedy: "percent-encode them")
        }
        return url
    }

    private func fields(_ request: ObjectReader, _ key: String) -> [ProviderExchange.Field] {
        guard let object = request.object(key) else { return [] }
        defer { object.finish() }
        return object.keys().compactMap { name in
            guard let value = object.string(name, allowsEmpty: true) else { return nil }
            self.checkTemplate(value, object, key: name)
            if value.contains(where: { $0.isNewline }) || name.contains(where: { $0.isWhitespace || $0.isNewline }) {
                object.report("holds a line break or space where none may be", key: name)
            }
            if LiteralSecrets.names.contains(name.lowercased()), Template.names(in: value).isEmpty {
                object.report("looks like a secret by its name", key: name, remedy: "use \"authorization\" with env:NAME or vault:ID")
            }
            return .init(name: name, template: value)
        }
    }

    private func checkTemplate(_ text: String, _ reader: ObjectReader, key: String) {
        guard Template.parts(text) != nil else {
            reader.report("a {{ is not closed or holds no name", key: key, remedy: "write {{name}}")
            return
        }
        for name in Template.names(in: text) where ["text", "texts", "task"].contains(name) {
            reader.report("{{\(name)}} has no place here", key: key, remedy: "it belongs into \"request.body\"")
        }
        for name in Template.names(in: text) where !self.isKnown(name) {
            reader.report("{{\(name)}} stands for nothing", key: key, remedy: self.knownNames(near: name))
        }
    }

    func isKnown(_ name: String) -> Bool { Template.reserved.contains(name) || self.variables.contains(name) }

    func knownNames(near name: String) -> String {
        let known = Template.reserved.union(self.variables).sorted()
        let all = "known are \(known.joined(separator: ", ")); others are declared in \"variables\""
        return NearestName.of(name, among: known).map { "did you mean {{\($0)}}? \(all)" } ?? all
    }

    // MARK: Authorization

    private func authorization() -> ProviderAuthorization? {
        guard let object = self.reader.object("authorization", required: true) else { return nil }
        defer { object.finish() }
        guard let kind = object.string("kind", required: true) else { return nil }
        switch kind {
        case "none":
            return ProviderAuthorization.none
        case "bearer":
            let optional = object.flag("optional")
            guard let secret = object.secret("secret", origin: self.origin) else { return nil }
            return .header(name: "Authorization", prefix: "Bearer ", secret: secret, optional: optional, kind: kind)
        case "header":
            let name = object.string("name", required: true)
            let prefix = object.string("prefix", allowsEmpty: true) ?? ""
            let optional = object.flag("optional")
            guard let secret = object.secret("secret", origin: self.origin), let name else { return nil }
            return .header(name: name, prefix: prefix, secret: secret, optional: optional, kind: kind)
        case "query":
            let name = object.string("name", required: true)
            guard let secret = object.secret("secret", origin: self.origin), let name else { return nil }
            return .query(name: name, secret: secret)
        case "basic":
            let user = object.variable("user", origin: self.origin)
            guard let secret = object.secret("secret", origin: self.origin), let user else { return nil }
            return .basic(user: user, secret: secret)
        case "aws-sigv4":
            let service = object.string("service", required: true)
            let region = object.string("region", required: true)
            if let region { self.checkTemplate(region, object, key: "region") }
            let access = object.secret("accessKey", origin: self.origin)
            let secret = object.secret("secretKey", origin: self.origin)
            let session = object.secret("sessionToken", required: false, origin: self.origin)
            guard let service, let region, let access, let secret else { return nil }
            return .awsSignatureV4(service: service, region: region, accessKey: access, secretKey: secret, sessionToken: session)
        case "oauth-client-credentials":
            return self.grant(object).map { .oauth($0) }
        case "google-service-account":
            let credentials = object.secret("credentials", origin: self.origin)
            let scope = object.string("scope") ?? "https://www.googleapis.com/auth/cloud-platform"
            return credentials.map { .googleServiceAccount(credentials: $0, scope: scope) }
        default:
            object.reportUnknown(kind, key: "kind", allowed: ProviderAuthorization.kinds)
            object.ignoreOtherKeys()
            return nil
        }
    }

    private func grant(_ object: ObjectReader) -> ProviderAuthorization.OAuthGrant? {
        let url = object.string("tokenURL", required: true)
        if let url { self.checkTemplate(url, object, key: "tokenURL") }
        let user = object.has("user") ? object.variable("user", origin: self.origin) : nil
        let secret = object.secret("secret", required: user != nil, origin: self.origin)
        let token = object.jsonPath("token") ?? "access_token"
        let expires = object.jsonPath("expires") ?? "expires_in"
        var fields: [ProviderAuthorization.OAuthGrant.Field] = []
        if let form = object.object("form", required: true) {
            for name in form.keys() {
                let secret = LiteralSecrets.names.contains(name.lowercased()) || name == "assertion"
                if secret {
                    if let reference = form.secret(name, origin: self.origin) {
                        fields.append(.init(name: name, value: .init(reference: reference, text: nil)))
                    }
                } else if let value = form.variable(name, origin: self.origin) {
                    fields.append(.init(name: name, value: value))
                }
            }
            form.finish()
        }
        return url.map {
            .init(tokenURL: $0, form: fields, user: user, secret: secret, token: token, expires: expires)
        }
    }

    // MARK: Response

    private func usage(_ response: ObjectReader) -> ProviderExchange.Usage {
        guard let object = response.object("usage") else { return .estimate }
        defer { object.finish() }
        guard let source: UsageSource = object.choice("from", default: nil) else { return .estimate }
        switch source {
        case .path:
            _ = object.member("path", required: true)
            return object.jsonPaths("path").map { .path($0) } ?? .estimate
        case .sum: return object.jsonPath("path", required: true).map { .sum($0) } ?? .estimate
        case .header: return object.string("header", required: true).map { .header($0) } ?? .estimate
        case .estimate: return .estimate
        }
    }

    // MARK: Errors

    private func errors() -> (message: [JSONPath], code: [JSONPath], rules: [ProviderErrorRule]) {
        guard let object = self.reader.object("errors") else { return ([], [], []) }
        defer { object.finish() }
        let rules = object.objects("rules").compactMap { rule -> ProviderErrorRule? in
            defer { rule.finish() }
            let statuses = self.statuses(rule)
            let code = self.pattern(rule, "code")
            let message = self.pattern(rule, "message")
            let action: ProviderErrorRule.Action? = rule.choice("then", default: nil)
            if statuses.isEmpty, code == nil, message == nil {
                rule.report("matches everything", remedy: "give it a status, a code or a message")
            }
            return action.map { .init(statuses: statuses, code: code, message: message, action: $0) }
        }
        return (object.jsonPaths("message") ?? [], object.jsonPaths("code") ?? [], rules)
    }

    private func statuses(_ rule: ObjectReader) -> [Int] {
        guard let node = rule.member("status") else { return [] }
        let numbers = (node.elements ?? [node]).map { $0.scalarText.flatMap { Int($0) } ?? 0 }
        if numbers.isEmpty || !numbers.allSatisfy({ (300..<600).contains($0) }) {
            rule.report("is no HTTP error status", key: "status", remedy: "a number from 300 to 599, or an array of them")
            return []
        }
        return numbers
    }

    private func pattern(_ rule: ObjectReader, _ key: String) -> String? {
        guard let pattern = rule.string(key) else { return nil }
        do {
            _ = try NSRegularExpression(pattern: pattern)
        } catch {
            rule.report("\"\(pattern)\" is not a regular expression", key: key, remedy: "see ICU's regular expressions")
            return nil
        }
        return pattern
    }

    private func retryAfter() -> [RetryAfterForm] {
        self.reader.objects("retryAfter").compactMap { form in
            defer { form.finish() }
            let unit: RetryAfterForm.Unit? = form.choice("unit", default: .secondsOrDate)
            let header = form.string("header")
            let body = form.jsonPath("body")
            guard (header == nil) != (body == nil) else {
                form.report("needs either \"header\" or \"body\"")
                return nil
            }
            guard let unit else { return nil }
            return RetryAfterForm(place: header.map { .header($0) } ?? body.map { .body($0) } ?? .header("retry-after"), unit: unit)
        }
    }

    private func rateHeaders() -> RateHeaders {
        guard let object = self.reader.object("rateHeaders") else { return RateHeaders() }
        defer { object.finish() }
        return RateHeaders(
            remainingRequests: object.string("remainingRequests"), remainingTokens: object.string("remainingTokens"),
            resetRequests: object.string("resetRequests"), resetTokens: object.string("resetTokens")
        )
    }
}
