import FloatJSON

extension QdrantClient {
    /// Names of all collections, without aliases.
    public func collections() async throws -> [String] {
        struct Answer: Decodable {
            struct Collection: Decodable { var name: String }
            var collections: [Collection]
        }
        let answer: Answer = try await self.result(.get, "/collections", for: .read("list collections"))
        return answer.collections.map(\.name)
    }

    /// Whether a collection or alias of that name is there.
    public func collectionExists(_ name: String) async throws -> Bool {
        struct Answer: Decodable { var exists: Bool }
        let answer: Answer = try await self.result(
            .get,
            Path.collection(name, "/exists"),
            for: .read("look for collection `\(name)`")
        )
        return answer.exists
    }

    /// A collection's configuration and counts; nil where there is none.
    public func collectionInfo(_ name: String) async throws -> CollectionInfo? {
        do {
            return try await self.result(.get, Path.collection(name), for: .read("describe collection `\(name)`"))
        } catch let error as QdrantError where error.kind == .notFound {
            return nil
        }
    }

    /// Makes the collection and its payload indexes where they are missing. Several processes may do so at once.
    ///
    /// - Returns: whether the collection is new.
    /// - Throws: ``QdrantError`` of kind `rejected` where a collection of that name has other vectors.
    @discardableResult
    public func ensureCollection(_ layout: CollectionLayout) async throws -> Bool {
        try await self.ensureCollection(layout, noting: { _ in })
    }

    /// The same, saying what is not as the layout has it and harms nothing.
    ///
    /// - Parameter note: called where there is such drift; ``mendCollection(_:)`` mends what can be mended.
    @discardableResult
    public func ensureCollection(
        _ layout: CollectionLayout,
        noting note: ([CollectionDrift]) -> Void
    ) async throws -> Bool {
        try await self.require(.firstWithConditionalUpsert, for: "keep a collection with conditional writes")
        var info = try await self.collectionInfo(layout.name)
        var isNew = false
        if info == nil {
            isNew = try await self.createCollection(layout)
            info = try await self.collectionInfo(layout.name)
        }
        let operation = "use collection `\(layout.name)`"
        guard let info else {
            throw QdrantError(.unavailable, operation: operation, message: "it was deleted as soon as it was made")
        }
        for index in layout.indexes where info.indexes[index.key] == nil {
            try await self.createPayloadIndex(index, in: layout.name)
        }
        let drift = layout.drift(from: info).filter { $0.kind != .missingIndex }
        let harm = drift.filter { !$0.kind.isHarmless }
        guard harm.isEmpty else {
            throw QdrantError(
                .rejected,
                operation: operation,
                message:
                    "it was made for something else: \(harm.map(\.description).joined(separator: "; ")); take another name or reindex"
            )
        }
        if !drift.isEmpty { note(drift) }
        return isNew
    }

    /// Brings a collection to its layout: makes missing indexes, makes different ones anew, changes settings that can be changed.
    ///
    /// While an index is made anew, filters by its key are slow, and refused by servers in strict mode. Changed settings let the server
    /// reorder what stands.
    ///
    /// - Returns: what still differs; nil where there is no such collection.
    public func mendCollection(_ layout: CollectionLayout) async throws -> [CollectionDrift]? {
        guard let info = try await self.collectionInfo(layout.name) else { return nil }
        let drift = layout.drift(from: info)
        for index in layout.indexes {
            let found = info.indexes[index.key]
            let isTenants = index.key == PointKey.tenant
            guard found == nil || found?.type != index.type || (isTenants && found?.isTenant == false) else { continue }
            if found != nil { try await self.deletePayloadIndex(index.key, in: layout.name) }
            try await self.createPayloadIndex(index, in: layout.name)
        }
        if drift.contains(where: { $0.kind == .differentSetting }) {
            let operation = QdrantOperation.write("change collection `\(layout.name)`")
            let body = try operation.body { json throws(FloatJSONError) in try layout.writeChanges(to: &json) }
            let _: Bool = try await self.result(.patch, Path.collection(layout.name), body: body, for: operation)
        }
        return try await self.collectionInfo(layout.name).map { layout.drift(from: $0) }
    }

    /// - Returns: false where somebody else made it first.
    private func createCollection(_ layout: CollectionLayout) async throws -> Bool {
        let operation = QdrantOperation.write("create collection `\(layout.name)`")
        let body = try operation.body { json throws(FloatJSONError) in try layout.write(to: &json) }
        do {
            _ = try await self.send(.put, Path.collection(layout.name), body: body, for: operation)
            return true
        } catch let error as QdrantError where error.status == 409 || error.message.contains("already exists") {
            return false
        }
    }

    /// Makes an index and waits until it can be used; one that is there already stays.
    public func createPayloadIndex(_ index: PayloadIndex, in collection: String) async throws {
        let operation = QdrantOperation.write("index `\(index.key)` in `\(collection)`")
        let body = try operation.body { json throws(FloatJSONError) in index.write(to: &json) }
        let path = Path.collection(collection, "/index?wait=true&ordering=\(self.configuration.ordering.rawValue)")
        try operation.requireCompleted(try await self.send(.put, path, body: body, for: operation))
    }

    /// Deletes an index; the points stay.
    public func deletePayloadIndex(_ key: String, in collection: String) async throws {
        let operation = QdrantOperation.write("delete the index `\(key)` of `\(collection)`")
        let path = Path.collection(
            collection,
            "/index/\(Path.segment(key))?wait=true&ordering=\(self.configuration.ordering.rawValue)"
        )
        try operation.requireCompleted(try await self.send(.delete, path, for: operation))
    }

    /// - Returns: whether it was there.
    @discardableResult
    public func deleteCollection(_ name: String) async throws -> Bool {
        do {
            return try await self.result(.delete, Path.collection(name), for: .write("delete collection `\(name)`"))
        } catch let error as QdrantError where error.kind == .notFound {
            return false
        }
    }

    /// Collections by alias.
    public func aliases() async throws -> [String: String] {
        struct Answer: Decodable {
            struct Alias: Decodable {
                var alias: String
                var collection: String

                enum CodingKeys: String, CodingKey {
                    case alias = "alias_name"
                    case collection = "collection_name"
                }
            }
            var aliases: [Alias]
        }
        let answer: Answer = try await self.result(.get, "/aliases", for: .read("list aliases"))
        return Dictionary(answer.aliases.map { ($0.alias, $0.collection) }) { first, _ in first }
    }

    /// Applies all actions, or none.
    public func changeAliases(_ actions: [AliasAction]) async throws {
        let operation = QdrantOperation.write("change aliases")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                json.key("actions")
                json.array { json in
                    for action in actions { action.write(to: &json) }
                }
            }
        }
        let _: Bool = try await self.result(.post, "/collections/aliases", body: body, for: operation)
    }
}
