public import Foundation
public import PulseModel
import Store

/// One entity, or one chunk of one, that answers a question.
public struct SearchHit: Sendable, Equatable {
    /// What speaks for the hit. Scores are of their own scales: cosine, BM25.
    public struct Reason: Sendable, Equatable {
        /// The query names the entity.
        public var key: Bool
        /// Cosine of query and chunk.
        public var dense: Double?
        /// BM25 of the query's words.
        public var lexical: Double?

        public init(key: Bool = false, dense: Double? = nil, lexical: Double? = nil) {
            self.key = key
            self.dense = dense
            self.lexical = lexical
        }
    }

    /// What is tied to the hit: the pull requests of an issue, the issues of a pull request.
    public struct Linked: Sendable, Equatable {
        public var table: EntityTable
        public var externalID: String
        public var title: String
        public var url: String?
    }

    public var table: EntityTable
    public var externalID: String
    public var entity: UUID
    public var title: String
    /// The part of the text that answers.
    public var snippet: String
    public var url: String?
    /// 0 to 1, comparable within one answer.
    public var score: Double
    public var reason: Reason
    public var linked: [Linked]
}

extension SearchHit.Linked {
    init(_ entity: NamedEntity) {
        self.init(
            table: entity.table,
            externalID: entity.externalID,
            title: EntityDocument.clean(entity.title),
            url: entity.url
        )
    }
}
