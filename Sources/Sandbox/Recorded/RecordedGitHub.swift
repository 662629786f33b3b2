/// The GitHub of recorded answers: the repositories of the recorded pull requests, each object as it was recorded.
enum RecordedGitHub {
    static func world(_ answers: RecordedAnswers) throws -> GitHubWorld {
        let folder = "github/devlake_json/"
        let commits = try lists(answers.pages(folder + "api_pull_request_commits.json"), id: "sha")
        let reviews = try lists(answers.pages(folder + "api_pull_request_reviews.json"), id: "id")
        var world = GitHubWorld()
        var positions: [String: Int] = [:]

        for pull in try answers.distinct(folder + "api_pull_requests.json") {
            guard let repository = pull["base"]?["repo"], let name = repository["full_name"]?.stringValue,
                let number = pull["number"]?.intValue
            else { throw SandboxError("A recorded pull request names no number or no base repository.") }
            if positions[name] == nil {
                positions[name] = world.repositories.count
                world.repositories.append(GitHubWorld.Repository(fullName: name, document: Document(repository)))
            }
            let position = positions[name] ?? 0
            let pullCommits = commits[name + "#\(number)"] ?? []
            let pullReviews = reviews[name + "#\(number)"] ?? []
            world.commitCount += pullCommits.count
            world.reviewCount += pullReviews.count
            world.repositories[position].pulls.append(
                GitHubWorld.Pull(
                    number: number,
                    created: instant(pull, "created_at"),
                    updated: instant(pull, "updated_at"),
                    isOpen: pull["state"]?.stringValue == "open",
                    document: Document(pull),
                    commits: .stored(pullCommits),
                    reviews: .stored(pullReviews),
                    nodeID: pull["node_id"]?.stringValue ?? ""
                )
            )
        }
        for comment in try answers.distinct(folder + "api_pull_request_review_comments.json") {
            guard let url = comment["pull_request_url"]?.stringValue, let name = repositoryName(url),
                let position = positions[name]
            else { continue }
            world.repositories[position].reviewComments.append(record(comment, number: number(url)))
        }
        for comment in try answers.distinct(folder + "api_comments.json") {
            guard let url = comment["issue_url"]?.stringValue, let name = repositoryName(url), let position = positions[name]
            else { continue }
            world.repositories[position].issueComments.append(record(comment, number: number(url)))
        }
        return world
    }

    /// Distinct objects of the pages of each pull request, keyed by `owner/name#number`.
    private static func lists(_ pages: [RecordedAnswers.Page], id: String) -> [String: [JSONValue]] {
        var lists: [String: [JSONValue]] = [:]
        for page in pages {
            guard let name = repositoryName(page.url), let number = page.input["Number"]?.intValue else { continue }
            lists[name + "#\(number)", default: []] += page.items
        }
        return lists.mapValues { RecordedAnswers.distinct($0, id: id) }
    }

    private static func record(_ comment: JSONValue, number: Int?) -> GitHubWorld.Comment {
        GitHubWorld.Comment(
            id: comment["id"]?.intValue ?? 0,
            number: number,
            created: instant(comment, "created_at"),
            updated: instant(comment, "updated_at"),
            document: Document(comment)
        )
    }

    private static func instant(_ object: JSONValue, _ key: String) -> Instant {
        object[key]?.stringValue.flatMap { Instant($0) } ?? Instant(milliseconds: 0)
    }

    /// `owner/name` of an API URL, `https://api.github.com/repos/owner/name/…`.
    private static func repositoryName(_ url: String) -> String? {
        let parts = url.split(separator: "/")
        guard let index = parts.firstIndex(of: "repos"), index + 2 < parts.count else { return nil }
        return parts[index + 1] + "/" + parts[index + 2]
    }

    private static func number(_ url: String) -> Int? {
        url.split(separator: "/").last.flatMap { Int($0) }
    }
}
