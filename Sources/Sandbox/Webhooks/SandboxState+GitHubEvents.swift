/// What the played GitHub tells of.
extension SandboxState {
    /// What every event says of its repository.
    func repositoryPayload(_ name: String) -> JSONValue {
        read { content in
            content.gitHub.repositories.first { $0.fullName == name }.map { $0.document.json() } ?? .null
        }
    }

    func tellOfPull(_ action: String, _ repository: String, _ number: Int) {
        guard hasWebhooks(.github) else { return }
        let pull: JSONValue = read { content in
            content.gitHub.repositories.first { $0.fullName == repository }?.pulls.first { $0.number == number }?.document.json()
                ?? .null
        }
        tell(
            .github,
            "pull_request",
            [
                "action": .string(action), "number": .int(number), "pull_request": pull,
                "repository": repositoryPayload(repository),
            ]
        )
    }

    func tellOfComment(_ action: String, _ repository: String, _ kind: String, _ comment: GitHubWorld.Comment) {
        guard hasWebhooks(.github) else { return }
        var payload: JSONValue = [
            "action": .string(action), "comment": comment.document.json(), "repository": repositoryPayload(repository),
        ]
        if kind == "review" {
            payload["pull_request"] = ["number": comment.number.map { .int($0) } ?? .null]
        } else {
            payload["issue"] = ["number": comment.number.map { .int($0) } ?? .null, "pull_request": ["url": ""]]
        }
        tell(.github, kind == "review" ? "pull_request_review_comment" : "issue_comment", payload)
    }
}
