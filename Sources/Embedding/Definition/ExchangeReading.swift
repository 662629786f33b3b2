import FloatJSON
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
        let headers = self.fields(request, "headers", areHeaders: true)
        // Whoever waits for a tenant's provider serves everybody.
        let timeout = request.number("timeoutSeconds", in: 0.1...(self.origin == .tenant ? 60 : 3600))
        let proxy = self.proxy(request)
        let certificates = self.certificates(request)
        let mode: ProviderExchange.Mode? = request.choice("mode", default: .batch)
        let body = request.member("body", required: true, expected: "the JSON to send, with \"{{texts}}\" where the texts belong")
        if let body, let mode { BodyCheck(self, mode: mode).check(body) }

        let vectors = response.jsonPath("vectors", required: true)
        let index = response.jsonPath("index")
        if let index, !index.selectsMany {
            response.report("selects a single value", key: "index", remedy: "a path with [*] is expected, one index a vector")
        }
        let encoding: ProviderExchange.Encoding? = response.choice("encoding", default: .float)
        let normalization: ProviderExchange.Normalization? = response.choice(
            "normalize",
            default: ProviderExchange.Normalization.none
        )
        let usage = self.usage(response)
        if let vectors, mode == .batch, !vectors.selectsMany {
            response.report(
                "selects a single vector",
                key: "vectors",
                remedy: "a path with [*] is expected, or \"mode\": \"single\""
            )
        }

        guard let method, let url, let mode, let body, let vectors, let encoding, let normalization, let authorization
        else { return nil }
        return ProviderExchange(
            method: method == .put ? .put : .post,
            url: url,
            query: query,
            headers: headers,
            timeout: .seconds(timeout ?? 60),
            proxy: proxy,
            certificates: certificates,
            mode: mode,
            body: body,
            authorization: authorization,
            vectors: vectors,
            index: index,
            encoding: encoding,
            normalization: normalization,
            usage: usage,
            errorMessage: messages,
            errorCode: codes,
            errorRules: rules,
            retryAfter: retryAfter,
            rateHeaders: rateHeaders
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

    private func fields(_ request: ObjectReader, _ key: String, areHeaders: Bool = false) -> [ProviderExchange.Field] {
        guard let object = request.object(key) else { return [] }
        defer { object.finish() }
        return object.keys().compactMap { name in
            guard let value = object.string(name, allowsEmpty: true) else { return nil }
            self.checkTemplate(value, object, key: name)
            if areHeaders {
                self.checkHeader(name, in: object, key: name)
                self.checkHeaderValue(value, in: object, key: name)
            } else if value.contains(where: { $0.isNewline }) || name.contains(where: { $0.isWhitespace || $0.isNewline }) {
                object.report("holds a line break or space where none may be", key: name)
            }
            if LiteralSecrets.names.contains(name.lowercased()), Template.names(in: value).isEmpty {
                object.report(
                    "looks like a secret by its name",
                    key: name,
                    remedy: "use \"authorization\" with env:NAME or vault:ID"
                )
            }
            return .init(name: name, template: value)
        }
    }

    /// A field name is a token (RFC 9110 §5.1, §5.6.2): a request with another one cannot be sent.
    func checkHeader(_ name: String, in object: ObjectReader, key: String) {
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
        guard !isToken || name.isEmpty else { return }
        object.report("\"\(name)\" is no name of a header", key: key, remedy: "letters, digits and !#$%&'*+-.^_`|~")
    }

    /// No control characters but the tab (RFC 9110 §5.5).
    func checkHeaderValue(_ value: String, in object: ObjectReader, key: String) {
        guard !value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return }
        object.report("holds a line break or another control character", key: key, remedy: "leave it out")
    }

    func checkTemplate(_ text: String, _ reader: ObjectReader, key: String) {
        guard Template.parts(text) != nil else {
            reader.report("a {{ is not closed or holds no name", key: key, remedy: "write {{name}}")
            return
        }
        for name in Template.names(in: text) where ["text", "texts", "task"].contains(name) {
            reader.report("{{\(name)}} is not allowed here", key: key, remedy: "use it in \"request.body\"")
        }
        for name in Template.names(in: text) where !self.isKnown(name) {
            reader.report("{{\(name)}} is not a known placeholder", key: key, remedy: self.knownNames(near: name))
        }
    }

    func isKnown(_ name: String) -> Bool { Template.reserved.contains(name) || self.variables.contains(name) }

    func knownNames(near name: String) -> String {
        let known = Template.reserved.union(self.variables).sorted()
        let all = "known are \(known.joined(separator: ", ")); others are declared in \"variables\""
        return NearestName.of(name, among: known).map { "did you mean {{\($0)}}? \(all)" } ?? all
    }

    // MARK: Response

    private func usage(_ response: ObjectReader) -> ProviderExchange.Usage {
        guard let object = response.object("usage") else { return .estimate }
        defer { object.finish() }
        guard let source: UsageSource = object.choice("from", default: nil) else { return .estimate }
        switch source {
        case .path:
            _ = object.member("path", required: true, expected: "a path or an array of paths is expected")
            return object.jsonPaths("path").map { .path($0) } ?? .estimate
        case .sum: return object.jsonPath("path", required: true).map { .sum($0) } ?? .estimate
        case .header: return object.string("header", required: true).map { .header($0) } ?? .estimate
        case .estimate: return .estimate
        }
    }
}
