import Resilience

/// One reading of a provider file, from the top; ``ExchangeReading`` reads what concerns HTTP.
struct DefinitionReading {
    let collector: DiagnosticCollector
    let origin: ProviderDefinition.Origin

    /// Nil only where something was reported.
    func definition(_ root: JSONNode) -> ProviderDefinition? {
        guard let reader = ObjectReader(root, path: "", collector: self.collector) else { return nil }
        LiteralSecrets.report(in: root, collector: self.collector)
        _ = reader.string("$schema")
        let id = self.identifier(reader, "id")
        _ = reader.integer("version", in: 1...1)
        let name = reader.string("name", required: true)
        let kind: ProviderDefinition.Kind? = reader.choice("kind", default: nil)
        let verified: ProviderDefinition.Verification? = reader.choice("verified", default: nil)
        let (space, isNormalized) = self.space(reader)
        let model = reader.string("model", required: true)
        let notes = reader.string("notes")
        let account = reader.has("account") ? self.identifier(reader, "account") : nil
        let fallback = self.fallback(reader, id: id)
        let variables = self.variables(reader)
        let tasks = self.tasks(reader)
        let limits = self.limits(reader)
        let rates = self.rates(reader)
        let price = self.price(reader)
        var exchange: ProviderExchange?
        if kind == .onDevice {
            for key in ["request", "authorization", "response", "errors", "retryAfter", "rateHeaders"] where reader.has(key) {
                _ = reader.member(key)
                reader.report(
                    "does not apply to an on-device provider",
                    key: key,
                    remedy: "leave it out, or say \"kind\": \"http\""
                )
            }
        } else if kind == .http {
            exchange = ExchangeReading(
                reader: reader,
                collector: self.collector,
                origin: self.origin,
                variables: Set(root["variables"]?.members?.map(\.key) ?? []),
                tasks: tasks
            ).exchange()
        }
        reader.finish()
        guard let id, let name, let kind, let verified, let space, let model, let limits else { return nil }
        if kind == .http, exchange == nil { return nil }
        return ProviderDefinition(
            id: id,
            name: name,
            kind: kind,
            verified: verified,
            space: space,
            model: model,
            notes: notes,
            limits: limits.limits,
            charactersPerToken: limits.charactersPerToken,
            rates: rates,
            account: account,
            fallback: fallback,
            isNormalized: isNormalized,
            pricePerMillionTokens: price,
            variables: variables,
            tasks: tasks,
            exchange: exchange
        )
    }

    private static func isIdentifier(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 && text.utf8.first != UInt8(ascii: ".")
            && text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || "._-".contains($0)) }
    }

    /// Whether they have the same space is for the catalog to say, which knows them.
    private func fallback(_ reader: ObjectReader, id: String?) -> [String] {
        guard let node = reader.member("fallback") else { return [] }
        guard let ids = node.elements?.map(\.string), ids.count <= 8, ids.allSatisfy({ $0.map(Self.isIdentifier) ?? false })
        else {
            reader.report(
                "is \(node.typeName)",
                key: "fallback",
                remedy: "an array of at most 8 ids of other providers is expected"
            )
            return []
        }
        let known = ids.compactMap(\.self)
        if known.contains(where: { $0 == id }) || Set(known).count < known.count {
            reader.report("names this provider, or one of the others twice", key: "fallback", remedy: "name each other one once")
        }
        return known
    }

    private func identifier(_ reader: ObjectReader, _ key: String) -> String? {
        guard let text = reader.string(key, required: true) else { return nil }
        guard Self.isIdentifier(text) else {
            reader.report(
                "\"\(text)\" is not a name",
                key: key,
                remedy: "at most 64 lower-case letters, digits, ., _ and -, and no . at the beginning"
            )
            return nil
        }
        return text
    }

    private func space(_ reader: ObjectReader) -> (space: VectorSpace?, isNormalized: Bool) {
        guard let space = reader.object("space", required: true) else { return (nil, false) }
        defer { space.finish() }
        let name = self.identifier(space, "name")
        let dimensions = space.integer("dimensions", required: true, in: 1...65_536)
        let allowed = space.integers("allowedDimensions", in: 1...65_536)
        let metric: VectorSpace.Metric? = space.choice("metric", default: .cosine)
        let isNormalized = space.flag("normalized")
        if let dimensions, !allowed.isEmpty, !allowed.contains(dimensions) {
            space.report(
                "\(dimensions) is none of those that the model can give",
                key: "dimensions",
                remedy: "one of \(allowed.map(String.init).joined(separator: ", "))"
            )
        }
        guard let name, let dimensions, let metric else { return (nil, isNormalized) }
        return (VectorSpace(name: name, dimensions: dimensions, metric: metric), isNormalized)
    }

    private func variables(_ reader: ObjectReader) -> [String: ProviderVariable] {
        guard let object = reader.object("variables") else { return [:] }
        defer { object.finish() }
        var variables: [String: ProviderVariable] = [:]
        for name in object.keys() {
            if Template.reserved.contains(name) {
                _ = object.member(name)
                object.report("is a name that the format uses itself", key: name, remedy: "take another name")
            } else if !Template.isName(name) {
                _ = object.member(name)
                object.report("is not a name", key: name, remedy: "letters, digits, _ and -")
            } else if let variable = object.variable(name, origin: self.origin) {
                variables[name] = variable
            }
        }
        return variables
    }

    private func tasks(_ reader: ObjectReader) -> [EmbeddingTask: ProviderTask] {
        var tasks: [EmbeddingTask: ProviderTask] = [.document: ProviderTask(), .query: ProviderTask()]
        guard let object = reader.object("tasks") else { return tasks }
        defer { object.finish() }
        for task in EmbeddingTask.allCases {
            guard let one = object.object(task.rawValue) else { continue }
            tasks[task] = ProviderTask(
                value: one.string("value"),
                prefix: one.string("prefix", allowsEmpty: true) ?? "",
                model: one.string("model")
            )
            one.finish()
        }
        return tasks
    }

    private func limits(_ reader: ObjectReader) -> (limits: EmbeddingLimits, charactersPerToken: Double)? {
        guard let object = reader.object("limits", required: true) else { return nil }
        defer { object.finish() }
        let items = object.integer("items", required: true, in: 1...100_000)
        let tokensPerItem = object.integer("tokensPerItem", required: true, in: 16...10_000_000)
        let tokensPerRequest = object.integer("tokensPerRequest", in: 16...1_000_000_000)
        let bytesPerRequest = object.integer("bytesPerRequest", in: 1024...1_000_000_000)
        // Each request holds its answer in the memory of processes that serve everybody.
        let concurrency = object.integer("concurrency", in: 1...(self.origin == .tenant ? 16 : 1024))
        let charactersPerToken = object.number("charactersPerToken", in: 0.25...16)
        guard let items, let tokensPerItem else { return nil }
        let limits = EmbeddingLimits(
            items: items,
            tokensPerItem: tokensPerItem,
            tokensPerRequest: tokensPerRequest,
            bytesPerRequest: bytesPerRequest,
            concurrency: concurrency ?? 4
        )
        return (limits, charactersPerToken ?? EstimatedTokenCounter.usualCharactersPerToken)
    }

    private func rates(_ reader: ObjectReader) -> RateBudget.Rates {
        guard let object = reader.object("rates") else { return .init() }
        defer { object.finish() }
        return RateBudget.Rates(
            requestsPerMinute: object.number("requestsPerMinute", in: 0.01...1e9),
            tokensPerMinute: object.number("tokensPerMinute", in: 1...1e12),
            itemsPerMinute: object.number("itemsPerMinute", in: 0.01...1e9)
        )
    }

    private func price(_ reader: ObjectReader) -> Double? {
        guard let object = reader.object("price") else { return nil }
        defer { object.finish() }
        return object.number("perMillionTokens", required: true, in: 0...100_000)
    }
}
