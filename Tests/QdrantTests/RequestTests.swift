import Foundation
import Qdrant
import Synchronization
import Testing

@Suite("What goes over the wire")
struct RequestTests {
    private let server = ScriptedQdrant()
    private let entity = UUID(uuidString: "EEEEEEEE-0000-4000-8000-000000000003") ?? UUID()
    private let id = UUID(uuidString: "11111111-0000-5000-8000-000000000004") ?? UUID()
    private static let scope =
        #"{"key":"tenant_id","match":{"value":"aaaaaaaa-0000-4000-8000-000000000001"}},{"key":"space","match":{"value":"mini"}}"#

    private var vectors: TenantVectors { self.server.client().vectors(tenant: tenantA, collection: "c d", space: "mini") }

    private var point: VectorPoint {
        VectorPoint(
            id: self.id,
            entity: self.entity,
            dense: [0.5, -1],
            lexical: SparseVector(indices: [7, 4_294_967_295], values: [1, 0.25]),
            payload: ["title": "Ünï \"q\"", "tenant_id": "forged", "generation": 99, "chunk": 0]
        )
    }

    @Test(
        "An upsert names tenant, space and generation itself, whatever the payload says, and is conditional on tenant and generation"
    )
    func upsert() async throws {
        try await self.vectors.upsert([self.point], onlyIfGenerationAtMost: 5)
        let expected =
            #"PUT /collections/c%20d/points?wait=true&ordering=strong {"points":[{"id":"11111111-0000-5000-8000-000000000004","#
            + #""vector":{"dense":[0.5,-1.0],"lexical":{"indices":[7,4294967295],"values":[1.0,0.25]}},"#
            + #""payload":{"tenant_id":"aaaaaaaa-0000-4000-8000-000000000001","space":"mini","#
            + #""entity":"eeeeeeee-0000-4000-8000-000000000003","generation":5,"chunk":0,"title":"Ünï \"q\""}}],"#
            + #""update_filter":{"must":[{"key":"tenant_id","match":{"value":"aaaaaaaa-0000-4000-8000-000000000001"}},"#
            + #"{"key":"generation","range":{"lte":5}}]}}"#
        #expect(self.server.lines == [expected])
        #expect(self.server.requests.first?.headers["api-key"] == "secret")
    }

    @Test("Deletions go by entity and generation within the tenant")
    func deletions() async throws {
        try await self.vectors.deletePoints(entities: [self.entity], generationBelow: 5)
        try await self.vectors.deletePoints(entities: [self.entity], generationAtMost: 5)
        try await self.vectors.deleteAll()
        let path = "POST /collections/c%20d/points/delete?wait=true&ordering=strong "
        let head = path + #"{"filter":{"must":[\#(Self.scope)"#
        let byEntity = head + #",{"key":"entity","match":{"any":["eeeeeeee-0000-4000-8000-000000000003"]}},"#
        #expect(
            self.server.lines == [
                byEntity + #"{"key":"generation","range":{"lte":4}}]}}"#,
                byEntity + #"{"key":"generation","range":{"lte":5}}]}}"#,
                head + "]}}",
            ]
        )
    }

    @Test("Nothing is older than the first generation, so nothing is sent")
    func nothingBelowTheFirst() async throws {
        try await self.vectors.deletePoints(entities: [self.entity], generationBelow: .min)
        try await self.vectors.deletePoints(entities: [], generationAtMost: 5)
        try await self.vectors.upsert([], onlyIfGenerationAtMost: 5)
        try await self.vectors.replace([])
        #expect(self.server.lines.isEmpty)
    }

    @Test(
        "A replacement upserts an entity's points before it deletes the older ones; without points it deletes its own generation too"
    )
    func replacement() async throws {
        let other = UUID(uuidString: "FFFFFFFF-0000-4000-8000-000000000005") ?? UUID()
        try await self.vectors.replace([
            EntityReplacement(entity: self.entity, generation: 5, points: [self.point]),
            EntityReplacement(entity: other, generation: 7, points: []),
        ])
        let line = try #require(self.server.lines.first)
        #expect(self.server.lines.count == 1)
        let upsert = try #require(line.range(of: #"{"upsert":{"points":["#))
        let older = try #require(
            line.range(of: #"["eeeeeeee-0000-4000-8000-000000000003"]}},{"key":"generation","range":{"lte":4}}"#)
        )
        #expect(upsert.lowerBound < older.lowerBound)
        #expect(line.contains(#"["ffffffff-0000-4000-8000-000000000005"]}},{"key":"generation","range":{"lte":7}}"#))
        #expect(line.hasPrefix("POST /collections/c%20d/points/batch?wait=true&ordering=strong "))
    }

    @Test("Both halves of a query carry the tenant, and words are weighed by the tenant's texts only")
    func query() async throws {
        let filter = PointFilter([
            .keyword(key: "table", anyOf: ["prs", "work_items"]),
            .keywordNot(key: "status", anyOf: ["Done"]),
            .dateRange(key: "updated_at", from: Date(timeIntervalSince1970: 0), before: nil),
        ])
        _ = try await self.vectors.query(
            HybridQuery(
                dense: [1, 0],
                lexical: SparseVector(indices: [3], values: [1]),
                limit: 9,
                filter: filter,
                exact: true
            ),
            label: "title"
        )
        let scoped =
            #"{"must":[\#(Self.scope),{"key":"table","match":{"any":["prs","work_items"]}},"#
            + #"{"key":"updated_at","range":{"gte":"1970-01-01T00:00:00.000Z"}}],"#
            + #""must_not":[{"key":"status","match":{"any":["Done"]}}]},"limit":9,"with_payload":["tenant_id","entity","title"]}"#
        let expected =
            #"POST /collections/c%20d/points/query/batch {"searches":[{"query":[1.0,0.0],"using":"dense","params":{"exact":true},"#
            + #""filter":\#(scoped),{"query":{"indices":[3],"values":[1.0]},"using":"lexical","#
            + #""params":{"idf":{"corpus":{"must":[\#(Self.scope)]}}},"filter":\#(scoped)]}"#
        #expect(self.server.lines == [expected])
    }

    @Test("Ids are read in either case, and nothing else is one")
    func ids() {
        for _ in 0..<200 {
            let id = UUID()
            #expect(QdrantValue.string(id.uuidString).uuidValue == id)
            #expect(QdrantValue.string(id.uuidString.lowercased()).uuidValue == id)
        }
        let text = UUID().uuidString
        for other in [
            "", "x", String(text.dropLast()), text + "0", text.replacing("-", with: "0"), "g" + text.dropFirst(),
            "é" + text.dropFirst(2),
        ] {
            #expect(QdrantValue.string(other).uuidValue == nil, "\(other)")
        }
    }

    @Test("Several questions are one request; each gets its own halves, and every hit must be the tenant's")
    func several() async throws {
        let one = #"{"id":"11111111-0000-5000-8000-00000000000"#
        let payload = #""payload":{"tenant_id":"aaaaaaaa-0000-4000-8000-000000000001","title":"té"}}"#
        let answers = Mutex([
            #"{"points":[\#(one)1","version":3,"score":0.5,\#(payload)]}"#, #"{"points":[\#(one)1","score":9.5,\#(payload)]}"#,
            #"{"points":[\#(one)2","score":7,\#(payload)]}"#,
        ])
        let server = ScriptedQdrant { request in
            guard request.url.hasSuffix("/query/batch") else { return ScriptedQdrant.agreeable(request) }
            return ScriptedQdrant.json(#"{"result":[\#(answers.withLock { $0 }.joined(separator: ","))],"time":0.1}"#)
        }
        let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "mini")
        let word = SparseVector(indices: [3], values: [1])
        let queries = [HybridQuery(dense: [1, 0], lexical: word, limit: 9), HybridQuery(lexical: word, limit: 9)]
        let hits = try await vectors.query(queries, label: "title")
        #expect(hits.map { $0.dense.map(\.score) } == [[0.5], []])
        #expect(hits.map { $0.lexical.map(\.score) } == [[9.5], [7]])
        #expect(hits[0].dense.first?.label == "té")
        #expect(server.lines.filter { $0.contains("query/batch") }.count == 1)
        answers.withLock { $0[2] = $0[2].replacing("aaaaaaaa", with: "bbbbbbbb") }
        await #expect(throws: QdrantError.self) { try await vectors.query(queries) }
        answers.withLock { _ = $0.popLast() }
        await #expect(throws: QdrantError.self) { try await vectors.query(queries) }
    }

    @Test("Reads by id, page, count and value all stay within the tenant")
    func reads() async throws {
        _ = try await self.vectors.retrieveDense(ids: [self.id])
        _ = try await self.vectors.scroll(from: self.id, limit: 2, payload: .only(["chunk"]), withVector: true)
        #expect(try await self.vectors.count(.entities([self.entity])) == 3)
        #expect(try await self.vectors.counts(by: "source") == ["jira": 2])
        let scope = #"{"must":[\#(Self.scope)"#
        #expect(
            self.server.lines == [
                #"POST /collections/c%20d/points {"ids":["11111111-0000-5000-8000-000000000004"],"#
                    + #""with_payload":["tenant_id","space"],"with_vector":["dense"]}"#,
                #"POST /collections/c%20d/points/scroll {"offset":"11111111-0000-5000-8000-000000000004","limit":2,"filter":"#
                    + scope + #"]},"with_payload":["tenant_id","chunk"],"with_vector":["dense"]}"#,
                #"POST /collections/c%20d/points/count {"filter":"# + scope
                    + #",{"key":"entity","match":{"any":["eeeeeeee-0000-4000-8000-000000000003"]}}]},"exact":true}"#,
                #"POST /collections/c%20d/facet {"key":"source","limit":1000,"filter":"# + scope + #"]},"exact":true}"#,
            ]
        )
    }

    @Test("A collection is made with a vector index per tenant only, and only the tenant's payload index links vectors")
    func layout() async throws {
        let server = ScriptedQdrant { request in
            if request.method == .get, request.url.hasSuffix("/collections/new") {
                return ScriptedQdrant.json(
                    #"{"status":{"error":"Not found: Collection `new` doesn't exist!"},"time":0}"#,
                    status: 404
                )
            }
            return ScriptedQdrant.agreeable(request)
        }
        let layout = CollectionLayout(
            name: "new",
            dimensions: 3,
            facets: [PayloadIndex("updated_at", .datetime)],
            settings: CollectionSettings(
                shardNumber: 2,
                replicationFactor: 3,
                quantization: .scalar(quantile: 0.99),
                payloadOnDisk: true
            )
        )
        // The collection is made, and has vanished when it is looked at again.
        await #expect(throws: QdrantError.self) { try await server.client().ensureCollection(layout) }
        #expect(
            server.lines[1]
                == #"PUT /collections/new {"vectors":{"dense":{"size":3,"distance":"Cosine"}},"#
                + #""sparse_vectors":{"lexical":{"modifier":"idf"}},"hnsw_config":{"m":0,"payload_m":16},"shard_number":2,"#
                + #""replication_factor":3,"on_disk_payload":true,"#
                + #""quantization_config":{"scalar":{"type":"int8","quantile":0.99,"always_ram":true}}}"#
        )
        try await self.server.client().ensureCollection(CollectionLayout(name: "a", dimensions: 3, facets: []))
        let index = "PUT /collections/a/index?wait=true&ordering=strong "
        #expect(
            self.server.lines.filter { $0.hasPrefix(index) } == [
                index
                    + #"{"field_name":"tenant_id","field_schema":{"type":"keyword","is_tenant":true,"enable_hnsw":true}}"#,
                index + #"{"field_name":"entity","field_schema":{"type":"uuid","enable_hnsw":false}}"#,
                index
                    + #"{"field_name":"generation","field_schema":{"type":"integer","lookup":true,"range":true,"enable_hnsw":false}}"#,
                index + #"{"field_name":"space","field_schema":{"type":"keyword","enable_hnsw":false}}"#,
            ]
        )
    }

    @Test("Bodies stay below the limit, keep every point once and in order, and a point larger than it goes alone")
    func splitting() async throws {
        let points = (0..<40).map { number in
            VectorPoint(
                id: UUID(),
                entity: self.entity,
                dense: [1],
                lexical: SparseVector(indices: [], values: []),
                payload: ["text": .string(String(repeating: "x", count: number == 20 ? 9_000 : 400))]
            )
        }
        let vectors = self.server.client(maximumRequestBytes: 4_000).vectors(tenant: tenantA, collection: "c", space: "s")
        try await vectors.upsert(points, onlyIfGenerationAtMost: 1)
        let bodies = self.server.requests.compactMap(\.body)
        let sizes = bodies.map(\.count)
        #expect(sizes.filter { $0 > 4_600 }.count == 1)
        let ids = try bodies.flatMap { body in
            struct Body: Decodable {
                struct Point: Decodable { var id: UUID }
                var points: [Point]
            }
            return try JSONDecoder().decode(Body.self, from: Data(body)).points.map(\.id)
        }
        #expect(ids == points.map(\.id))
    }

    @Test("A large body goes out in pieces, whose length is told exactly")
    func pieces() async throws {
        let points = (0..<300).map { _ in
            VectorPoint(
                id: UUID(),
                entity: self.entity,
                dense: [1, 0.5],
                lexical: SparseVector(indices: [], values: []),
                payload: ["text": .string(String(repeating: "ä", count: 2_000))]
            )
        }
        try await self.vectors.upsert(points, onlyIfGenerationAtMost: 7)
        let request = try #require(self.server.requests.last)
        guard case .pieces(let pieces)? = request.content else {
            Issue.record("more than a megabyte is one array")
            return
        }
        #expect(pieces.allSatisfy { $0.count < 256 * 1_024 + 5_000 } && pieces.reduce(0) { $0 + $1.count } == pieces.length)
        struct Body: Decodable {
            struct Point: Decodable { var id: UUID }
            struct Filter: Decodable { var must: [Condition] }
            struct Condition: Decodable { var key: String }
            var points: [Point]
            var filter: Filter

            enum CodingKeys: String, CodingKey {
                case points
                case filter = "update_filter"
            }
        }
        let body = try JSONDecoder().decode(Body.self, from: Data(request.body ?? []))
        #expect(body.points.map(\.id) == points.map(\.id))
        #expect(body.filter.must.map(\.key) == ["tenant_id", "generation"])
    }

    @Test("A vector that is empty, all zero or not finite is refused before anything is sent")
    func badVectors() async throws {
        for dense in [[], [0, 0], [1, .nan], [.infinity, 1]] as [[Float]] {
            var bad = self.point
            bad.dense = dense
            await #expect(throws: QdrantError.self) {
                try await self.vectors.upsert([self.point, bad], onlyIfGenerationAtMost: 1)
            }
        }
        var bad = self.point
        bad.lexical = SparseVector(indices: [1, 1], values: [1, 1])
        await #expect(throws: QdrantError.self) { try await self.vectors.upsert([bad], onlyIfGenerationAtMost: 1) }
        #expect(self.server.lines.isEmpty)
    }

    @Test("A body that can never be within the server's limit is sent in halves, down to a point; one that must wait is not")
    func tooLargeForTheLimit() async throws {
        for retryAfter in [nil, "3"] {
            let server = ScriptedQdrant { request in
                guard request.method == .put, let body = request.body else { return ScriptedQdrant.agreeable(request) }
                let points = String(decoding: body, as: UTF8.self).components(separatedBy: #""vector""#).count - 1
                guard points > 2 else { return ScriptedQdrant.agreeable(request) }
                return ScriptedQdrant.json("{}", status: 429, headers: retryAfter.map { ["retry-after": $0] } ?? [:])
            }
            let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "mini")
            let points = (0..<5).map { _ in
                VectorPoint(id: UUID(), entity: self.entity, dense: [1], lexical: SparseVector(indices: [], values: []))
            }
            if retryAfter == nil {
                try await vectors.upsert(points, onlyIfGenerationAtMost: 1)
                let applied = server.lines.filter { $0.components(separatedBy: #""vector""#).count <= 3 }
                let places = points.map { point in applied.firstIndex { $0.contains(point.id.uuidString.lowercased()) } ?? -1 }
                #expect(places == places.sorted() && !places.contains(-1), "each once, in order")
                #expect(applied.joined().components(separatedBy: #""vector""#).count == 6)
            } else {
                let error = await #expect(throws: QdrantError.self) {
                    try await vectors.upsert(points, onlyIfGenerationAtMost: 1)
                }
                #expect(error?.kind == .rateLimited && error?.retryAfter == .seconds(3) && error?.canNeverFit == false)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("One point that is beyond the limit alone holds up no other, and the error names whose it is")
    func onePointTooLarge() async throws {
        let culprit = UUID()
        let server = ScriptedQdrant { request in
            guard request.method == .put, let body = request.body,
                String(decoding: body, as: UTF8.self).contains(culprit.uuidString.lowercased())
            else { return ScriptedQdrant.agreeable(request) }
            return ScriptedQdrant.json("{}", status: 429)
        }
        let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "mini")
        let points = (0..<64).map { number in
            VectorPoint(
                id: UUID(),
                entity: number == 40 ? culprit : UUID(),
                dense: [1],
                lexical: SparseVector(indices: [], values: [])
            )
        }
        let error = await #expect(throws: QdrantError.self) { try await vectors.upsert(points, onlyIfGenerationAtMost: 1) }
        #expect(error?.kind == .rateLimited && error?.refused == [culprit])
        let applied = server.lines.filter { !$0.contains(culprit.uuidString.lowercased()) }.joined()
        #expect(points.allSatisfy { $0.entity == culprit || applied.contains($0.id.uuidString.lowercased()) })
        // The whole, and two for each of six halvings.
        #expect(server.requests.count == 1 + 2 * 6)
    }

    @Test(
        "A server that limits everything and says no time is asked some log n times, and then left alone",
        arguments: [1, 2, 64, 500]
    )
    func limitedForEver(count: Int) async throws {
        let server = ScriptedQdrant { request in
            request.method == .put || request.method == .post
                ? ScriptedQdrant.json("{}", status: 429) : ScriptedQdrant.agreeable(request)
        }
        let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "mini")
        let points = (0..<count).map { _ in
            VectorPoint(id: UUID(), entity: UUID(), dense: [1], lexical: SparseVector(indices: [], values: []))
        }
        var halvings = 0
        while 1 << halvings < count { halvings += 1 }
        let error = await #expect(throws: QdrantError.self) { try await vectors.upsert(points, onlyIfGenerationAtMost: 1) }
        #expect(error?.kind == .rateLimited && error?.refused == [])
        #expect(server.requests.count <= halvings + 3)
        let before = server.requests.count
        let deletion = await #expect(throws: QdrantError.self) {
            try await vectors.deletePoints(entities: points.map(\.entity), generationAtMost: 1)
        }
        #expect(deletion?.kind == .rateLimited)
        #expect(server.requests.count - before <= halvings + 3)
    }

    @Test("An entity whose deletion is refused alone holds up no other, also not those of later requests; the error names it")
    func oneDeletionRefused() async throws {
        let entities = (0..<1_500).map { _ in UUID() }
        let culprit = entities[400]
        let server = ScriptedQdrant { request in
            let body = request.body.map { String(decoding: $0, as: UTF8.self) } ?? ""
            return body.contains(culprit.uuidString.lowercased())
                ? ScriptedQdrant.json("{}", status: 429) : ScriptedQdrant.agreeable(request)
        }
        let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "mini")
        let error = await #expect(throws: QdrantError.self) {
            try await vectors.deletePoints(entities: entities, generationAtMost: 1)
        }
        #expect(error?.kind == .rateLimited && error?.refused == [culprit])
        let deleted = server.lines.filter { !$0.contains(culprit.uuidString.lowercased()) }.joined()
        #expect(entities.allSatisfy { ($0 == culprit) != deleted.contains($0.uuidString.lowercased()) })
    }

    @Test("A read that meets a busy server is asked again for a moment; a write never is", arguments: [408, 503])
    func busyServer(status: Int) async throws {
        let server = ScriptedQdrant { request in
            request.url.hasSuffix("/count") || request.method == .put
                ? ScriptedQdrant.json("{}", status: status) : ScriptedQdrant.agreeable(request)
        }
        let vectors = server.client().vectors(tenant: tenantA, collection: "c", space: "mini")
        await #expect(throws: QdrantError.self) { _ = try await vectors.count() }
        #expect(server.requests.count == 3)
        await #expect(throws: QdrantError.self) { try await vectors.upsert([self.point], onlyIfGenerationAtMost: 1) }
        #expect(server.requests.count == 4)
    }
}
