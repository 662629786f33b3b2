import Foundation
import Hummingbird
import PulseModel
import Search
import Store

/// `POST /api/v1/search` and `GET /api/v1/search`.
struct SearchRoutes: RouteSet {
    typealias Search = @Sendable (SearchRequest, UUID) async throws -> SearchAnswer

    let search: Search

    var routes: [Route] {
        [
            Route(
                .post,
                "/api/v1/search",
                id: "search",
                access: .viewer,
                tag: .search,
                summary: "Search Jira and GitHub by meaning, words and keys",
                body: .json(SearchFields.schema),
                answers: [.ok(SearchAnswerBody.schema, "The hits, the best first.")],
                problems: Self.problems
            ) { call in
                let fields = try call.body(SearchFields.self)
                return try await self.answer(to: fields.request(names: SearchFields.Names()), call: call)
            },
            Route(
                .get,
                "/api/v1/search",
                id: "searchByLink",
                access: .viewer,
                tag: .search,
                summary: "The same for links and browsers",
                parameters: SearchFields.parameters,
                answers: [.ok(SearchAnswerBody.schema, "The hits, the best first.")],
                problems: Self.problems
            ) { call in
                let fields = try SearchFields(query: call.request.uri.query)
                return try await self.answer(to: fields.request(names: SearchFields.queryNames), call: call)
            },
        ]
    }

    private static let problems = [
        RouteProblem.conflict("Nothing is indexed yet."),
        .unprocessable("A date is of no calendar, or a span ends before it begins."),
    ]

    private func answer(to request: SearchRequest, call: RouteCall) async throws -> Response {
        let answer = try await self.search(request, try call.tenant)
        return SearchAnswerBody(answer, to: request).response
    }
}
