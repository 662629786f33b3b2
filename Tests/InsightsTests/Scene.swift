import Foundation
import Insights
import Postgres
import PulseModel
import Store
import TestSupport

/// A tenant with issues, pull requests and deployments whose every moment is written down, so that a person can check the figures.
///
/// Times are days from Monday, 2 March 2026, midnight UTC.
struct Scene: Sendable {
    let database: TestDatabase
    let store: Store
    let tenant: TestTenant

    static let monday = Date(timeIntervalSince1970: 1_772_409_600)

    static func day(_ days: Double) -> Date { Self.monday + days * 86_400 }

    static func with(_ body: (Scene) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let tenant = try await database.tenant()
            try await database.withStore { store in
                let scene = Scene(database: database, store: store, tenant: tenant)
                try await scene.site()
                try await body(scene)
            }
        }
    }

    /// Two projects; statuses Open (1), Doing (2), Review (3), Done (4); types Story and Incident.
    private func site() async throws {
        try await self.jira {
            $0.projects = [
                Project(id: "10", key: "PAY", name: "Pay", projectType: nil, details: nil, lead: nil, url: nil),
                Project(id: "20", key: "OPS", name: "Ops", projectType: nil, details: nil, lead: nil, url: nil),
            ]
            $0.workItemTypes = [Self.type("3", "Story"), Self.type("4", "Incident")]
            $0.statuses = [
                Self.status("1", "Open", "new"), Self.status("2", "Doing", "indeterminate"),
                Self.status("3", "Review", "indeterminate"), Self.status("4", "Done", "done"),
            ]
            $0.derivesConfiguration = true
        }
    }

    private static func type(_ id: String, _ name: String) -> WorkItemType {
        WorkItemType(id: id, originalName: name, untranslatedName: nil, details: nil, hierarchyLevel: 0, projectID: nil)
    }

    private static func status(_ id: String, _ name: String, _ category: String) -> Status {
        Status(id: id, originalName: name, untranslatedName: nil, category: category, details: nil, projectID: nil)
    }

    @discardableResult
    func jira(_ fill: (inout IngestionPage) -> Void) async throws -> IngestionResult {
        var page = IngestionPage(fetchedAt: Self.day(60))
        fill(&page)
        return try await self.store.write(page, tenant: self.tenant.id, integration: self.tenant.jira)
    }

    @discardableResult
    func github(_ fill: (inout IngestionPage) -> Void) async throws -> IngestionResult {
        var page = IngestionPage(fetchedAt: Self.day(60))
        fill(&page)
        return try await self.store.write(page, tenant: self.tenant.id, integration: self.tenant.github)
    }

    /// An issue that went through `path`: statuses with the days on which it came to stand in them.
    func issue(
        _ number: Int,
        project: String = "PAY",
        type: String = "3",
        team: String? = nil,
        points: Double? = nil,
        created: Double,
        _ path: [(String, Double)] = [],
        sprints: [String] = [],
        moves: [(from: String, to: String, day: Double)] = [],
        labels: [String] = []
    ) async throws {
        let id = "\(project == "PAY" ? 100 : 200)\(number)"
        let last = path.last?.1 ?? created
        try await self.jira { page in
            page.workItems = [
                WorkItem(
                    id: id,
                    key: "\(project)-\(number)",
                    projectID: project == "PAY" ? "10" : "20",
                    typeID: type,
                    statusID: path.last?.0 ?? "1",
                    summary: "Issue \(number) of \(project)",
                    team: team,
                    storyPoints: points,
                    labels: labels,
                    sprints: sprints.map { "Sprint \($0)" },
                    sprintIDs: sprints,
                    createdAt: Self.day(created),
                    updatedAt: Self.day(last)
                )
            ]
            var from = "1"
            var entered = created
            for (index, step) in path.enumerated() {
                page.changelogs.append(
                    Changelog(
                        id: "\(id)\(index)",
                        workItemID: id,
                        fromStatusID: from,
                        toStatusID: step.0,
                        changedBy: nil,
                        changedAt: Self.day(step.1),
                        enteredAt: Self.day(entered),
                        timeInStatusSeconds: (step.1 - entered) * 86_400,
                        items: [
                            .init(
                                field: "status",
                                fieldID: "status",
                                role: .status,
                                from: from,
                                to: step.0,
                                fromText: nil,
                                toText: nil
                            )
                        ]
                    )
                )
                (from, entered) = (step.0, step.1)
            }
            for (index, move) in moves.enumerated() {
                page.changelogs.append(
                    Changelog(
                        id: "\(id)9\(index)",
                        workItemID: id,
                        fromStatusID: nil,
                        toStatusID: nil,
                        changedBy: nil,
                        changedAt: Self.day(move.day),
                        enteredAt: nil,
                        timeInStatusSeconds: nil,
                        items: [.init(field: "Sprint", from: move.from, to: move.to, fromText: nil, toText: nil)]
                    )
                )
            }
        }
    }

    func pull(
        _ number: Int,
        repository: String = "acme/api",
        author: String = "ann",
        begun: Double,
        opened: Double,
        reviews: [(by: String, state: String, day: Double)] = [],
        merged: Double? = nil,
        lines: Int = 10,
        isDraft: Bool = false
    ) async throws {
        let repositoryID = repository == "acme/api" ? "42" : "43"
        try await self.github { page in
            page.repositories = [
                Repository(
                    id: repositoryID,
                    name: String(repository.split(separator: "/")[1]),
                    fullName: repository,
                    details: nil,
                    url: nil,
                    isPrivate: true,
                    language: nil,
                    defaultBranch: "main",
                    topics: [],
                    createdAt: nil,
                    updatedAt: nil,
                    pushedAt: nil
                )
            ]
            page.pullRequests = [
                PullRequest(
                    id: "9\(repositoryID)\(number)",
                    repositoryID: repositoryID,
                    repository: repository,
                    number: number,
                    title: "Pull \(number)",
                    body: nil,
                    author: author,
                    state: merged == nil ? .open : .merged,
                    isDraft: isDraft,
                    sourceBranch: nil,
                    targetBranch: "main",
                    headSHA: nil,
                    mergeCommitSHA: nil,
                    url: nil,
                    mergedBy: nil,
                    labels: [],
                    requestedReviewers: [],
                    commitCount: 1,
                    additions: lines,
                    deletions: 0,
                    changedFiles: 1,
                    commentCount: nil,
                    reviewCommentCount: nil,
                    createdAt: Self.day(opened),
                    updatedAt: Self.day(merged ?? opened),
                    closedAt: merged.map(Self.day),
                    mergedAt: merged.map(Self.day)
                )
            ]
            page.commits = [
                Commit(
                    repositoryID: repositoryID,
                    number: number,
                    repository: repository,
                    sha: "\(repositoryID)a\(number)",
                    message: "Work",
                    authorLogin: author,
                    authorName: nil,
                    authorEmail: nil,
                    authoredAt: Self.day(begun),
                    committerName: nil,
                    committerEmail: nil,
                    committedAt: Self.day(begun),
                    url: nil
                )
            ]
            page.reviews = reviews.enumerated().map { index, review in
                Review(
                    id: "\(repositoryID)\(number)\(index)",
                    repositoryID: repositoryID,
                    number: number,
                    author: review.by,
                    state: review.state,
                    body: nil,
                    submittedAt: Self.day(review.day),
                    url: nil
                )
            }
        }
    }

    func deployment(_ id: String, repository: String = "42", environment: String = "production", _ state: String, day: Double)
        async throws
    {
        try await self.database.query(
            """
            INSERT INTO deployments
                (tenant_id, integration_id, stable_id, repository_id, environment, sha, state, deployed_at, finished_at, fetched_at)
            VALUES ($1, $2, $3::text, $4::text, $5::text, 'abc', $6::text, $7, $7, now())
            """,
            [
                .uuid(self.tenant.id), .uuid(self.tenant.github), .text(id), .text(repository), .text(environment), .text(state),
                .timestamp(Self.day(day)),
            ]
        )
    }

    func sprint(_ id: String, from: Double, to: Double) async throws {
        try await self.jira {
            $0.sprints = [
                Sprint(
                    id: id,
                    name: "Sprint \(id)",
                    state: "closed",
                    goal: nil,
                    boardID: "1",
                    startedAt: Self.day(from),
                    endsAt: Self.day(to),
                    completedAt: Self.day(to)
                )
            ]
        }
    }

    /// Over the four weeks from the Monday on, where nothing else is said.
    func rows(
        _ metric: InsightMetric,
        from: Double = 0,
        to: Double = 28,
        by: InsightScope.Grouping = .none,
        period: InsightScope.Period = .none,
        project: String? = nil,
        repository: String? = nil,
        team: String? = nil,
        sprint: String? = nil
    ) async throws -> [InsightRow] {
        let scope = InsightScope(
            from: Self.day(from),
            to: Self.day(to),
            by: by,
            period: period,
            project: project,
            repository: repository,
            team: team,
            sprint: sprint
        )
        return try await InsightService(store: self.store).answer(metric, over: scope, tenant: self.tenant.id).rows
    }
}

extension InsightRow {
    /// A figure, rounded to a thousandth; nil where there is none.
    func figure(_ name: String) -> Double? { (self.values[name] ?? nil).map { ($0 * 1_000).rounded() / 1_000 } }
}
