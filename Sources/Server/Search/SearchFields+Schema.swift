import PulseModel
import Search

extension SearchFields {
    private static let query = Schema.text(.filled(1...SearchRequest.longestQuery))
    private static let value = Schema.text(.filled(1...SearchFields.longestValue))
    private static let limit = Schema.integer(SearchRequest.limits)
    private static let values = 0...SearchFields.mostValues

    /// The body of `POST /api/v1/search`.
    static let schema = Schema.object(
        .required("query", Self.query, "What to look for. An issue key or `owner/repo#number` finds that very entity first."),
        .optional("limit", Self.limit, "Hits at most; 10 where left out."),
        .optional("mode", .choice(of: SearchRequest.Mode.self), "By meaning and words (`hybrid`), or by one of them."),
        .optional(
            "filter",
            .object(
                .optional("sources", .list(of: .choice(of: SourceKind.self), count: Self.values)),
                .optional("tables", .list(of: .choice(of: EntityTable.self), count: Self.values)),
                .optional("projects", .list(of: Self.value, count: Self.values)),
                .optional("repositories", .list(of: Self.value, count: Self.values)),
                .optional("authors", .list(of: Self.value, count: Self.values)),
                .optional("statuses", .list(of: Self.value, count: Self.values)),
                .optional(
                    "updated",
                    .object(
                        .optional("from", .text(.instant), "Inclusive."),
                        .optional("to", .text(.instant), "Exclusive.")
                    )
                )
            ),
            "Which entities may answer; an empty list lets all pass."
        ),
        .optional("group", .choice(of: SearchRequest.Grouping.self), "Whether the chunks of one entity are one hit.")
    ).named("SearchRequest")

    /// The query of `GET /api/v1/search`.
    static let parameters: [RouteParameter] = [
        .query("q", Self.query, "What to look for.", isRequired: true),
        .query("limit", Self.limit, "Hits at most; 10 where left out."),
        .query("mode", .choice(of: SearchRequest.Mode.self), "By meaning and words (`hybrid`), or by one of them."),
        .query("group", .choice(of: SearchRequest.Grouping.self), "Whether the chunks of one entity are one hit."),
        .queries(Self.queryNames.sources, .choice(of: SourceKind.self), "Only of these sources."),
        .queries(Self.queryNames.tables, .choice(of: EntityTable.self), "Only of these tables."),
        .queries(Self.queryNames.projects, Self.value, "Only of these projects."),
        .queries(Self.queryNames.repositories, Self.value, "Only of these repositories."),
        .queries(Self.queryNames.authors, Self.value, "Only by these authors."),
        .queries(Self.queryNames.statuses, Self.value, "Only in these statuses."),
        .query(Self.queryNames.from, .text(.instant), "Changed then or later."),
        .query(Self.queryNames.to, .text(.instant), "Changed before."),
    ]
}

extension SearchAnswerBody {
    static let schema = Schema.object(
        .required("query", .text),
        .required("mode", .choice(of: SearchRequest.Mode.self)),
        .required(
            "hits",
            .list(
                of: .object(
                    .required("table", .choice(of: EntityTable.self)),
                    .required("source", .choice(of: SourceKind.self)),
                    .required("external_id", .text, "As people write it: `PAY-142`, `acme/api#57`."),
                    .required("title", .text),
                    .required("snippet", .text),
                    .optional("url", .text),
                    .required("score", .number),
                    .required(
                        "why",
                        .object(
                            .required("key", .boolean, "Whether the query names the entity."),
                            .optional("dense", .number, "How near it is by meaning."),
                            .optional("lexical", .number, "How well its words fit.")
                        )
                    ),
                    .required(
                        "linked",
                        .list(
                            of: .object(
                                .required("table", .choice(of: EntityTable.self)),
                                .required("external_id", .text),
                                .required("title", .text),
                                .optional("url", .text)
                            )
                        ),
                        "The pull requests of an issue, the issue of a pull request."
                    )
                ).named("SearchHit")
            )
        ),
        .optional("degraded", .text, "Why only a part of the search could answer."),
        .required("took_ms", .number)
    ).named("SearchAnswer")
}
