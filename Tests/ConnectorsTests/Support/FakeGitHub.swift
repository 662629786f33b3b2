import Foundation
import HTTPTransport

@testable import Connectors

/// A small GitHub: one repository with pull requests and comments that move as they are updated.
actor FakeGitHub {
    static let host = "https://api.fake.test"
    /// A day before the fake clock begins.
    static let epoch = Date(timeIntervalSince1970: 1_749_900_000)

    struct Pull {
        var number: Int
        var title: String
        var updated: Date
        var commits: [String]
        var reviews: [Int]
    }

    struct Comment {
        var id: Int
        var number: Int
        var isOnPullRequest: Bool
        var body: String
        var updated: Date
    }

    var pulls: [Pull] = []
    var issueComments: [Comment] = []
    var reviewComments: [Comment] = []
    var mainCommits: [JSONValue] = []
    var pageSize = 3
    /// Runs before each answer, so that the source can change under the reader.
    var disturb: (@Sendable (isolated FakeGitHub, Asked) -> Void)?
    /// Answers instead of the fake where it returns something.
    var override: (@Sendable (isolated FakeGitHub, Asked) -> HTTPResponse?)?
    private var ticks = 0.0
    nonisolated let recorder = Recorder()

    init(pulls: Int = 0, comments: Int = 0) {
        for number in stride(from: 1, through: pulls, by: 1) {
            self.ticks += 3_600
            self.pulls.append(
                Pull(
                    number: number,
                    title: number % 2 == 0 ? "PAY-\(number) Change \(number)" : "Change \(number)",
                    updated: Self.epoch + self.ticks,
                    commits: (0..<number % 5).map { "\(number)c\($0)" },
                    reviews: (0..<number % 4).map { number * 100 + $0 }
                )
            )
        }
        for id in stride(from: 1, through: comments, by: 1) {
            self.ticks += 3_600
            let updated = Self.epoch + self.ticks
            self.issueComments.append(
                Comment(id: id, number: id % 7 + 1, isOnPullRequest: id % 3 != 0, body: "Talk \(id)", updated: updated)
            )
            self.reviewComments.append(
                Comment(id: id, number: id % 7 + 1, isOnPullRequest: true, body: "Line \(id)", updated: updated)
            )
        }
    }

    nonisolated var transport: ScriptedTransport {
        ScriptedTransport { request in
            self.recorder.add(request)
            return await self.answer(request)
        }
    }

    func edit(_ change: @Sendable (isolated FakeGitHub) -> Void) { change(self) }

    func tick() -> Date {
        self.ticks += 3_600
        return Self.epoch + self.ticks
    }

    func touch(pull index: Int) {
        self.pulls[index].updated = self.tick()
        self.pulls[index].title += " again"
        self.pulls[index].commits.append("\(self.pulls[index].number)t\(self.ticks)")
    }

    /// With a tag, as GitHub gives it; 304 where the asker has it already.
    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        let asked = Asked(request)
        self.disturb?(self, asked)
        var response = self.override?(self, asked) ?? self.answer(asked)
        guard response.status == 200 else { return response }
        let tag = "W/\"\(SourceCredential.fingerprint(response.text))\""
        if request.headers["if-none-match"] == tag { return HTTPResponse(status: 304, headers: ["etag": tag]) }
        response.headers["etag"] = tag
        return response
    }

    private func answer(_ asked: Asked) -> HTTPResponse {
        let parts = asked.parts
        if parts == ["repos", "acme", "api"] { return .json(Self.repository) }
        if parts == ["orgs", "acme", "repos"] { return .json([Self.repository]) }
        guard parts.count >= 4, parts[0] == "repos", parts[1] == "acme", parts[2] == "api" else { return .notFound }
        if parts[3...] == ["pulls"] {
            let sorted = self.pulls.sorted { ($0.updated, $0.number) > ($1.updated, $1.number) }
            return self.page(sorted.map { Self.record($0, isDetail: false) }, asked)
        }
        if ["deployments", "releases"].contains(parts[3]) { return .json([]) }
        if parts[3...] == ["commits"] { return self.page(self.mainCommits, asked) }
        if parts[3...] == ["pulls", "comments"] { return self.comments(self.reviewComments, isReview: true, asked) }
        if parts[3...] == ["issues", "comments"] { return self.comments(self.issueComments, isReview: false, asked) }
        guard parts.count >= 5, parts[3] == "pulls", let pull = self.pulls.first(where: { String($0.number) == parts[4] })
        else { return .notFound }
        switch parts.dropFirst(5).first {
        case nil: return .json(Self.record(pull, isDetail: true))
        case "commits": return self.page(pull.commits.map { Self.commit($0, pull.number) }, asked)
        case "reviews": return self.page(pull.reviews.map { Self.review($0, pull.number) }, asked)
        default: return .notFound
        }
    }

    private func comments(_ comments: [Comment], isReview: Bool, _ asked: Asked) -> HTTPResponse {
        let since = asked.query["since"].flatMap(SourceDate.parse)
        let sorted = comments.filter { comment in since.map { comment.updated >= $0 } ?? true }
            .sorted { ($0.updated, $0.id) < ($1.updated, $1.id) }
        let listed = asked.query["direction"] == "desc" ? sorted.reversed() : sorted
        return self.page(listed.map { Self.record($0, isReview: isReview) }, asked)
    }

    private func page(_ items: [JSONValue], _ asked: Asked) -> HTTPResponse {
        let number = asked.query["page"].flatMap { Int($0) } ?? 1
        let begin = min((number - 1) * self.pageSize, items.count)
        let end = min(begin + self.pageSize, items.count)
        var headers: HTTPHeaders = [:]
        if end < items.count {
            var query = asked.query
            query["page"] = String(number + 1)
            let text = query.sorted { $0.key < $1.key }.map { "\($0.key)=\(SourceURL.encode($0.value))" }.joined(separator: "&")
            headers["link"] = "<\(Self.host)\(asked.path)?\(text)>; rel=\"next\", <\(Self.host)/x>; rel=\"last\""
        }
        return .json(.array(Array(items[begin..<end])), headers: headers)
    }

    static let repository: JSONValue = [
        "id": 42, "name": "api", "full_name": "acme/api", "private": false, "html_url": "https://fake.test/acme/api",
        "topics": ["payments"], "created_at": "2020-01-01T00:00:00Z", "default_branch": "main",
    ]

    static func record(_ pull: Pull, isDetail: Bool) -> JSONValue {
        let record: JSONValue = [
            "id": .number(String(9_000 + pull.number)), "number": .number(String(pull.number)), "title": .string(pull.title),
            "state": "open", "user": ["login": "ada", "id": 1], "head": ["ref": "fix/PAY-1", "sha": "abc"],
            "base": ["ref": "main"],
            "created_at": "2020-01-01T00:00:00Z", "updated_at": .string(SourceDate.text(of: pull.updated)),
        ]
        return isDetail
            ? record.with("commits", .number(String(pull.commits.count))).with("additions", 3).with("merged", false) : record
    }

    static func commit(_ sha: String, _ number: Int) -> JSONValue {
        [
            "sha": .string(sha), "author": nil,
            "commit": [
                "message": .string("ops-\(number): work"),
                "author": ["name": "Ada", "email": "a@b.test", "date": "2020-01-01T00:00:00Z"],
            ],
        ]
    }

    static func review(_ id: Int, _ number: Int) -> JSONValue {
        ["id": .number(String(id)), "user": nil, "state": "APPROVED", "body": "fine", "submitted_at": "2020-01-02T00:00:00Z"]
    }

    static func record(_ comment: Comment, isReview: Bool) -> JSONValue {
        let kind = comment.isOnPullRequest ? "pull" : "issues"
        return [
            "id": .number(String(comment.id)), "body": .string(comment.body), "user": ["login": "bob", "id": 2],
            "html_url": .string("https://fake.test/acme/api/\(kind)/\(comment.number)#c\(comment.id)"),
            (isReview ? "pull_request_url" : "issue_url"): .string(
                "\(Self.host)/repos/acme/api/\(isReview ? "pulls" : "issues")/\(comment.number)"
            ),
            "created_at": "2020-01-01T00:00:00Z", "updated_at": .string(SourceDate.text(of: comment.updated)),
        ]
    }
}
