import Search

/// The JSON of a search's answer.
struct SearchAnswerBody: Encodable {
    struct Hit: Encodable {
        struct Why: Encodable {
            var key: Bool
            var dense: Double?
            var lexical: Double?
        }

        struct Linked: Encodable {
            enum CodingKeys: String, CodingKey {
                case table, title, url
                case externalID = "external_id"
            }

            var table: String
            var externalID: String
            var title: String
            var url: String?
        }

        enum CodingKeys: String, CodingKey {
            case table, source, title, snippet, url, score, why, linked
            case externalID = "external_id"
        }

        var table: String
        var source: String
        var externalID: String
        var title: String
        var snippet: String
        var url: String?
        var score: Double
        var why: Why
        var linked: [Linked]
    }

    enum CodingKeys: String, CodingKey {
        case query, mode, hits, degraded
        case tookMilliseconds = "took_ms"
    }

    var query: String
    var mode: String
    var hits: [Hit]
    /// Why only a part of the search could answer.
    var degraded: String?
    var tookMilliseconds: Double

    init(_ answer: SearchAnswer, to request: SearchRequest) {
        self.query = request.query
        self.mode = request.mode.rawValue
        self.hits = answer.hits.map { hit in
            Hit(
                table: hit.table.rawValue,
                source: hit.table.source.rawValue,
                externalID: hit.externalID,
                title: hit.title,
                snippet: hit.snippet,
                url: hit.url,
                score: hit.score.isFinite ? hit.score : 0,
                why: Hit.Why(
                    key: hit.reason.key,
                    dense: hit.reason.dense.flatMap { $0.isFinite ? $0 : nil },
                    lexical: hit.reason.lexical.flatMap { $0.isFinite ? $0 : nil }
                ),
                linked: hit.linked.map { linked in
                    Hit.Linked(table: linked.table.rawValue, externalID: linked.externalID, title: linked.title, url: linked.url)
                }
            )
        }
        self.degraded = answer.degraded
        self.tookMilliseconds = (answer.milliseconds * 100).rounded() / 100
    }
}
