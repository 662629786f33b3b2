import Foundation
import PulseModel
import Store

extension World {
    static func project(_ id: String = "10", key: String = "PAY", name: String = "Payments") -> Project {
        Project(id: id, key: key, name: name, projectType: "software", details: "Money", lead: "Ann", url: "https://j/\(key)")
    }

    static func type(_ id: String = "3", name: String = "Bug", english: String? = nil, level: Int = 0, project: String? = nil)
        -> WorkItemType
    {
        WorkItemType(
            id: id,
            originalName: name,
            untranslatedName: english,
            details: "wrong",
            hierarchyLevel: level,
            projectID: project
        )
    }

    static func status(_ id: String = "5", name: String = "Open", category: String = "new", project: String? = nil) -> Status {
        Status(id: id, originalName: name, untranslatedName: nil, category: category, details: nil, projectID: project)
    }

    static func issue(
        _ id: String,
        _ key: String,
        _ summary: String = "Retry payments",
        status: String = "5",
        parent: (id: String, key: String)? = nil,
        details: String? = nil,
        updated: Int = 0
    ) -> WorkItem {
        WorkItem(
            id: id,
            key: key,
            projectID: "10",
            typeID: "3",
            statusID: status,
            summary: summary,
            details: details,
            acceptanceCriteria: "Once",
            environment: "production",
            team: "Core",
            resolution: "Fixed",
            storyPoints: 2.5,
            assignee: "Ann",
            reporter: "Bob",
            labels: ["bank", "a,b {c}"],
            priority: "High",
            parentID: parent?.id,
            parentKey: parent?.key,
            sprints: ["S 1"],
            url: "https://j/\(key)",
            createdAt: self.time(-10),
            updatedAt: self.time(updated),
            resolvedAt: self.time(-1)
        )
    }

    static func change(_ id: String, of issue: String, from: String = "5", to: String = "6") -> Changelog {
        Changelog(
            id: id,
            workItemID: issue,
            fromStatusID: from,
            toStatusID: to,
            changedBy: "Ann",
            changedAt: self.time(-2),
            enteredAt: self.time(-5),
            timeInStatusSeconds: 180.25,
            items: [.init(field: "status", from: from, to: to, fromText: "Open", toText: "Done")]
        )
    }

    static func repository(_ id: String = "42", name: String = "acme/api", updated: Int = 0) -> Repository {
        Repository(
            id: id,
            name: "api",
            fullName: name,
            details: "The API",
            url: "https://g/\(name)",
            isPrivate: true,
            language: "Swift",
            defaultBranch: "main",
            topics: ["bank"],
            createdAt: self.time(-100),
            updatedAt: self.time(updated),
            pushedAt: self.time(-3)
        )
    }

    static func pull(
        _ number: Int,
        _ title: String = "Retry once",
        repository: String = "acme/api",
        state: PullRequest.State = .open,
        author: String = "ann",
        body: String? = "why",
        updated: Int = 0
    ) -> PullRequest {
        PullRequest(
            id: "900\(number)",
            repositoryID: "42",
            repository: repository,
            number: number,
            title: title,
            body: body,
            author: author,
            state: state,
            isDraft: false,
            sourceBranch: "retry",
            targetBranch: "main",
            headSHA: "aaaa",
            mergeCommitSHA: nil,
            url: "https://g/acme/api/pull/\(number)",
            mergedBy: nil,
            labels: ["bug"],
            requestedReviewers: ["bob"],
            commitCount: 1,
            additions: 2,
            deletions: 3,
            changedFiles: 4,
            commentCount: 5,
            reviewCommentCount: 6,
            createdAt: self.time(-9),
            updatedAt: self.time(updated),
            closedAt: nil,
            mergedAt: nil
        )
    }

    static func commit(_ sha: String, of number: Int, repository: String = "acme/api", message: String = "Retry") -> Commit {
        Commit(
            repositoryID: "42",
            number: number,
            repository: repository,
            sha: sha,
            message: message,
            authorLogin: "ann",
            authorName: "Ann",
            authorEmail: "ann@acme.example",
            authoredAt: self.time(-8),
            committerName: "Ann",
            committerEmail: "ann@acme.example",
            committedAt: self.time(-8),
            url: nil
        )
    }

    static func review(_ id: String, of number: Int, body: String = "Twice?") -> Review {
        Review(
            id: id,
            repositoryID: "42",
            number: number,
            author: "bob",
            state: "COMMENTED",
            body: body,
            submittedAt: self.time(-7),
            url: nil
        )
    }

    static func comment(_ id: String, of number: Int, kind: Comment.Kind = .issue, body: String = "Hm", updated: Int = 0)
        -> Comment
    {
        Comment(
            kind: kind,
            id: id,
            repositoryID: "42",
            number: number,
            author: "bob",
            body: body,
            path: kind == .review ? "a.swift" : nil,
            line: kind == .review ? 7 : nil,
            createdAt: self.time(-6),
            updatedAt: self.time(updated)
        )
    }

    static func mentions(_ number: Int, _ keys: [String: PullRequestMentions.Place]) -> PullRequestMentions {
        PullRequestMentions(repositoryID: "42", number: number, keys: keys)
    }

    static func panelLink(_ issue: String, _ key: String, _ number: Int, repository: String = "acme/api") -> WorkItemLink {
        WorkItemLink(
            workItemID: issue,
            workItemKey: key,
            repository: repository,
            number: number,
            origin: .developmentPanel,
            foundIn: "panel",
            branch: nil,
            status: "OPEN",
            url: nil
        )
    }

    /// One of every kind: an issue with a history, and a pull request with everything below it.
    func writeEverything(at minute: Int = 0) async throws -> [IngestionResult] {
        let jira = try await self.jira(at: minute) {
            $0.projects = [Self.project()]
            $0.workItemTypes = [Self.type()]
            $0.statuses = [Self.status(), Self.status("6", name: "Done", category: "done")]
            $0.derivesConfiguration = true
            $0.workItems = [Self.issue("1", "PAY-1", "Reliability"), Self.issue("2", "PAY-2", parent: ("1", "PAY-1"))]
            $0.changelogs = [Self.change("77", of: "2")]
        }
        let github = try await self.github(at: minute) {
            $0.repositories = [Self.repository()]
            $0.pullRequests = [Self.pull(57)]
            $0.commits = [Self.commit("aaaa", of: 57)]
            $0.reviews = [Self.review("8", of: 57)]
            $0.comments = [Self.comment("9", of: 57), Self.comment("9", of: 57, kind: .review)]
            $0.mentions = [Self.mentions(57, ["PAY-2": .title])]
        }
        return [jira, github]
    }
}
