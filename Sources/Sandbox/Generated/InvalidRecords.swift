/// Records that a connector must refuse, each for one reason, without losing their neighbours.
enum InvalidRecords {
    static func add(to world: inout GitHubWorld) {
        guard var repository = world.repositories.first, let model = repository.pulls.last else { return }
        let number = (repository.pulls.map(\.number).max() ?? 0) + 100
        let pull = model.document.json()

        var untitled = pull
        untitled["title"] = nil
        var undated = pull
        undated["created_at"] = "yesterday, I think"
        for (offset, var json) in [untitled, undated].enumerated() {
            json["number"] = .int(number + offset)
            json["id"] = .int(599_000_000 + offset)
            repository.pulls.append(
                GitHubWorld.Pull(
                    number: number + offset,
                    created: model.created,
                    updated: model.updated,
                    isOpen: false,
                    document: Document(json),
                    commits: .stored([]),
                    reviews: .stored([])
                )
            )
        }
        // A sound pull request whose commit and review are broken.
        var host = pull
        host["number"] = .int(number + 2)
        host["id"] = 599_000_002
        host["title"] = "Carries a commit without a hash and a review without a state"
        let commit: JSONValue = ["commit": ["message": "No hash"], "author": nil]
        let review: JSONValue = [
            "id": 799_000_000, "body": "No state", "user": nil, "submitted_at": .string(model.updated.gitHub),
        ]
        repository.pulls.append(
            GitHubWorld.Pull(
                number: number + 2,
                created: model.created,
                updated: model.updated,
                isOpen: false,
                document: Document(host),
                commits: .stored([commit]),
                reviews: .stored([review])
            )
        )
        world.commitCount += 1
        world.reviewCount += 1
        let comment: JSONValue = [
            "body": "No id", "created_at": .string(model.updated.gitHub), "updated_at": .string(model.updated.gitHub),
        ]
        let record = GitHubWorld.Comment(
            id: 999_000_000,
            number: nil,
            created: model.updated,
            updated: model.updated,
            document: Document(comment)
        )
        repository.issueComments.append(record)
        repository.reviewComments.append(record)
        world.repositories[0] = repository
        world.repositories.append(
            GitHubWorld.Repository(fullName: "acme/nameless", document: Document(["id": 91_999, "name": nil, "full_name": nil]))
        )
    }

    static func add(to world: inout JiraWorld) {
        guard let model = world.issues.last else { return }
        let lacking = ["status": JSONValue.null, "summary": .null, "created": "not a date"]
        for (offset, change) in lacking.sorted(by: { $0.key < $1.key }).enumerated() {
            var json = model.document.json()
            let id = 990_000 + offset
            let key = "\(model.projectKey)-\(id)"
            json["id"] = .string(String(id))
            json["key"] = .string(key)
            if case .null = change.value {
                json["fields"]?[change.key] = nil
            } else {
                json["fields"]?[change.key] = change.value
            }
            world.issues.append(
                JiraWorld.Issue(
                    id: id,
                    key: key,
                    projectKey: model.projectKey,
                    created: model.created,
                    updated: model.updated,
                    document: Document(json),
                    histories: .stored([])
                )
            )
        }
        world.projects.append(Document(["id": "19999", "name": "A project without a key"]))
        world.statuses.append(Document(["id": "19998", "description": "A status without a name"]))
        world.issueTypes.append(Document(["id": "19997", "description": "A type without a name"]))
    }
}
