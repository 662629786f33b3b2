import Foundation
import Hummingbird

/// The tokens of a GitHub App's installation.
extension GitHubRoutes {
    func addApp(to group: RouterGroup<SandboxContext>) {
        // What the app is installed at is everybody's here.
        group.get("installation/repositories") { request, _ in
            gate.answer(request) { call in
                let documents = state.read { $0.gitHub.repositories.map(\.document) }
                var reply = call.page(documents) { $0.json() }
                reply.json = ["total_count": .int(documents.count), "repositories": reply.json ?? []]
                return reply
            }
        }
        group.post("app/installations/{id}/access_tokens") { request, context in
            let installation = context.parameters.get("id") ?? ""
            let authorization = request.headers.value("authorization") ?? ""
            guard request.headers.value("user-agent")?.isEmpty == false else {
                return GitHubCall.failure(403, "Request forbidden by administrative rules. Send a User-Agent header.").response()
            }
            let verdict: AppTokens.Verdict = state.read { content in
                content.appTokens?.issue(installation, proof: String(authorization.dropFirst("Bearer ".count)), now: Date())
                    ?? .noSuchInstallation
            }
            switch verdict {
            case .given(let token, let expires):
                let text = Instant(milliseconds: Int64(expires.timeIntervalSince1970 * 1_000)).gitHub
                return Reply.json(
                    [
                        "token": .string(token), "expires_at": .string(text),
                        "permissions": ["contents": "read", "metadata": "read", "pull_requests": "read"],
                        "repository_selection": "all",
                    ],
                    status: 201
                ).response()
            case .refused(let problem): return GitHubCall.failure(401, problem).response()
            case .noSuchInstallation: return GitHubCall.notFound.response()
            }
        }
    }
}
