import Foundation
import Hummingbird
import Search
import Store

/// `POST /api/v1/search` and `GET /api/v1/search`.
struct SearchRoutes: Sendable {
    typealias Search = @Sendable (SearchRequest, UUID) async throws -> SearchAnswer

    let search: Search

    func add(to group: RouterGroup<PulseContext>) {
        group.post("/search") { request, context in
            let principal = try context.requirePrincipal()
            let fields = try await StrictJSON.decode(SearchFields.self, from: request)
            return try await self.answer(to: fields.request(names: SearchFields.Names()), principal: principal)
        }
        group.get("/search") { request, context in
            let principal = try context.requirePrincipal()
            let fields = try SearchFields(query: request.uri.query)
            return try await self.answer(to: fields.request(names: SearchFields.queryNames), principal: principal)
        }
    }

    private func answer(to request: SearchRequest, principal: Principal) async throws -> Response {
        let answer = try await self.search(request, principal.tenant)
        return try JSONAnswer.response(SearchAnswerBody(answer, to: request))
    }
}
