import HTTPTransport

/// Fills the placeholders of a provider file that do not change from request to request.
struct ProviderFilling {
    /// How long a query may take, whatever the file allows for documents.
    private static let queryTimeout = Duration.seconds(5)

    let environment: ProviderEnvironment
    private let definition: ProviderDefinition
    private let variables: [String: JSONNode.Value]

    /// - Throws: ``EmbeddingError`` where a variable has neither a value nor a default.
    init(
        _ definition: ProviderDefinition,
        environment: @escaping @Sendable (String) -> String?,
        vault: @escaping @Sendable (String) -> String?
    ) throws(EmbeddingError) {
        self.definition = definition
        self.environment = ProviderEnvironment(provider: definition.id, environment: environment, vault: vault)
        var variables: [String: JSONNode.Value] = [:]
        for (name, variable) in definition.variables.sorted(by: { $0.key < $1.key }) {
            let text = try self.environment.text(of: variable)
            variables[name] = variable.literal ?? .string(text)
        }
        self.variables = variables
    }

    private func value(_ name: String, task: EmbeddingTask) -> JSONNode.Value? {
        let settings = self.definition.tasks[task] ?? ProviderTask()
        return switch name {
        case "model": .string(settings.model ?? self.definition.model)
        case "dimensions": .number("\(self.definition.space.dimensions)")
        case "task": settings.value.map { .string($0) }
        default: self.variables[name]
        }
    }

    func text(_ template: String, task: EmbeddingTask) throws(EmbeddingError) -> String {
        try self.filled(template, task: task) { $0 }
    }

    func body(_ exchange: ProviderExchange, task: EmbeddingTask) -> BodyTemplate {
        BodyTemplate(exchange.body, prefix: self.definition.tasks[task]?.prefix ?? "") { self.value($0, task: task) }
    }

    func request(_ exchange: ProviderExchange, task: EmbeddingTask) throws(EmbeddingError) -> HTTPRequest {
        var headers: HTTPHeaders = ["Content-Type": "application/json", "Accept": "application/json"]
        for field in exchange.headers {
            headers[field.name] = try self.filled(field.template, task: task) { $0.filter { !$0.isNewline } }
        }
        var url = try self.url(exchange.url, task: task)
        if !exchange.query.isEmpty {
            var query: [(String, String)] = []
            for field in exchange.query { query.append((field.name, try self.filled(field.template, task: task) { $0 })) }
            url += "?" + PercentEncoding.form(query)
        }
        // Somebody waits for a query: without its vector the words answer alone, and soon.
        let timeout = task == .query ? min(exchange.timeout, Self.queryTimeout) : exchange.timeout
        return HTTPRequest(exchange.method, url, headers: headers, timeout: timeout)
    }

    private func url(_ template: String, task: EmbeddingTask) throws(EmbeddingError) -> String {
        var base = ""
        var rest = template
        // A variable at the beginning holds scheme and host; what others hold is only a part of a path or host name.
        if let parts = Template.parts(template), case .placeholder(let name)? = parts.first {
            base = try self.filled("{{\(name)}}", task: task) { $0 }
            while base.hasSuffix("/") { base.removeLast() }
            rest = String(template.dropFirst(name.count + 4))
        }
        let url = base + (try self.filled(rest, task: task) { PercentEncoding.encode($0) })
        let scheme = ["https://", "http://"].first { url.hasPrefix($0) }
        let host = url.dropFirst(scheme?.count ?? 0).prefix { $0 != "/" }
        let isHost =
            !host.isEmpty && !host.contains("..") && host.first != "."
            && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._:[]".contains($0)) }
        guard scheme != nil, isHost, url.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            throw EmbeddingError(
                .configuration,
                provider: self.definition.id,
                message: "its URL \(template) cannot be made with the values of its variables; check them"
            )
        }
        return url
    }

    private func filled(
        _ template: String,
        task: EmbeddingTask,
        encode: (String) -> String
    ) throws(EmbeddingError) -> String {
        for name in Template.names(in: template) where self.value(name, task: task) == nil {
            throw EmbeddingError(
                .configuration,
                provider: self.definition.id,
                message: "{{\(name)}} has no value when embedding a \(task.rawValue)"
            )
        }
        return Template.fill(template) { name in
            encode(self.value(name, task: task).flatMap { JSONNode(value: $0, line: 0, column: 0).scalarText } ?? "")
        }
    }
}
