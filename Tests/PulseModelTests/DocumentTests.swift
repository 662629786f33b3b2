import Foundation
import Testing

@testable import PulseModel

@Suite("Documents: each of the fifteen entities says all that it is about")
struct DocumentTests {
    private let day = Date(timeIntervalSince1970: 1_750_000_000)

    private func parts(_ document: EntityDocument) -> [String] { document.parts.map { "\($0.label): \($0.text)" } }

    @Test("A project by its name, key, description, type and lead")
    func project() {
        let project = Project(
            id: "10000",
            key: "PAY",
            name: "Payments",
            projectType: "software",
            details: "Money in and out",
            lead: "Ann",
            url: "https://j.example/PAY"
        )
        let document = project.document(in: NoContext())
        #expect(document.title == "PAY Payments")
        #expect(
            self.parts(document) == [
                "Project: Payments", "Key: PAY", "Description: Money in and out", "Type: software", "Lead: Ann",
            ]
        )
        #expect(document.facets == Facets(project: "PAY", author: "Ann"))
        #expect((project.stableID, project.externalID) == ("10000", "10000"))
    }

    @Test("A type by the name that people see; the English one only where it differs")
    func type() {
        var type = WorkItemType(
            id: "3",
            originalName: "Fehler",
            untranslatedName: "Bug",
            details: "Etwas ist kaputt",
            hierarchyLevel: 0,
            projectID: "10000"
        )
        #expect(
            self.parts(type.document(in: .init(mappedTo: "Defect", projectKey: "PAY"))) == [
                "Work item type: Fehler", "English name: Bug", "Description: Etwas ist kaputt", "Hierarchy level: 0",
                "Mapped to: Defect",
            ]
        )
        type.untranslatedName = "Fehler"
        type.details = nil
        #expect(
            self.parts(type.document(in: .init(mappedTo: nil, projectKey: nil))) == [
                "Work item type: Fehler", "Hierarchy level: 0",
            ]
        )
    }

    @Test("A status by its name, category in words and mapping")
    func status() {
        let status = Status(
            id: "5",
            originalName: "In Arbeit",
            untranslatedName: "In Progress",
            category: "indeterminate",
            details: "wird gemacht",
            projectID: nil
        )
        let document = status.document(in: .init(mappedTo: "Doing", projectKey: nil))
        #expect(
            self.parts(document) == [
                "Status: In Arbeit", "English name: In Progress", "Category: In Progress", "Description: wird gemacht",
                "Mapped to: Doing",
            ]
        )
        #expect(document.facets.status == "In Arbeit")
    }

    @Test("A work item with the names of its type, status and parent, which the original system lost")
    func workItem() {
        let item = WorkItem(
            id: "10001",
            key: "PAY-142",
            projectID: "10000",
            typeID: "3",
            statusID: "5",
            summary: "Retry payments",
            details: "They fail twice.",
            acceptanceCriteria: "Once only",
            environment: "production",
            team: "Core",
            resolution: "Fixed",
            storyPoints: 3,
            assignee: "Ann",
            reporter: "Bob",
            labels: ["bank", "retry"],
            priority: "High",
            parentID: "10002",
            parentKey: "PAY-1",
            sprints: ["S1", "S2"],
            url: "https://j.example/PAY-142",
            createdAt: self.day,
            updatedAt: self.day
        )
        let document = item.document(
            in: .init(
                projectKey: "PAY",
                projectName: "Payments",
                typeName: "Bug",
                statusName: "Done",
                parentSummary: "Reliability"
            )
        )
        #expect(document.title == "PAY-142 Retry payments")
        #expect(
            self.parts(document) == [
                "Summary: Retry payments", "Description: They fail twice.", "Acceptance criteria: Once only",
                "Environment: production", "Type: Bug", "Status: Done", "Priority: High", "Resolution: Fixed",
                "Labels: bank, retry", "Parent: PAY-1 Reliability", "Project: Payments", "Team: Core", "Sprint: S1, S2",
                "Assignee: Ann",
            ]
        )
        #expect(document.facets == Facets(project: "PAY", author: "Bob", status: "Done", updatedAt: self.day))
        #expect((item.stableID, item.externalID) == ("10001", "PAY-142"))
        // Before its project, type, status and parent have come it already says what it can.
        let alone = item.document(
            in: .init(projectKey: nil, projectName: nil, typeName: nil, statusName: nil, parentSummary: nil)
        )
        #expect(alone.facets.project == "PAY")
        #expect(self.parts(alone).contains("Parent: PAY-1"))
    }

    @Test("A changelog names its issue and both statuses, also one without a status change")
    func changelog() {
        var change = Changelog(
            id: "900",
            workItemID: "10001",
            fromStatusID: "1",
            toStatusID: "5",
            changedBy: "Ann",
            changedAt: self.day,
            enteredAt: nil,
            timeInStatusSeconds: 60,
            items: [
                .init(field: "status", from: "1", to: "5", fromText: "Open", toText: "Doing"),
                .init(field: "assignee", from: nil, to: "a", fromText: nil, toText: "Ann"),
            ]
        )
        let context = Changelog.Context(
            workItemKey: "PAY-142",
            workItemSummary: "Retry payments",
            projectKey: "PAY",
            fromStatusName: "To Do",
            toStatusName: "In Progress",
            url: "https://j.example/PAY-142"
        )
        let document = change.document(in: context)
        #expect(document.title == "Change of PAY-142 Retry payments")
        #expect(
            self.parts(document) == [
                "Issue: PAY-142 Retry payments", "From: To Do", "To: In Progress", "Changed by: Ann",
                "Changed: assignee from nothing to Ann",
            ]
        )
        let nobody = Changelog.Context(
            workItemKey: nil,
            workItemSummary: nil,
            projectKey: nil,
            fromStatusName: nil,
            toStatusName: nil,
            url: nil
        )
        #expect(self.parts(change.document(in: nobody)).prefix(2) == ["From: Open", "To: Doing"])
        #expect(change.document(in: nobody).title == "Change 900")
        change.items = []
        change.changedBy = nil
        #expect(change.document(in: nobody).body == "Change 900")
    }

    @Test("The four configuration tables, which the original system never indexed")
    func configuration() {
        let level = HierarchyLevel(levelNumber: -1, levelName: "Sub-task", details: nil).document(in: NoContext())
        #expect(self.parts(level) == ["Hierarchy level: Sub-task", "Level number: -1"])
        let type = TypeMapping(from: "Fehler", to: "Bug", levelNumber: 0)
        #expect(
            self.parts(type.document(in: .init(levelName: "Story"))) == [
                "Work item type: Fehler", "Counts as: Bug", "Hierarchy level: Story",
            ]
        )
        #expect(self.parts(type.document(in: .init(levelName: nil))).last == "Hierarchy level: 0")
        let status = StatusMapping(project: "PAY", from: "Arbeit", to: "Doing", category: .inProgress, step: "default/Doing")
        #expect(
            self.parts(status.document(in: NoContext())) == [
                "Status: Arbeit", "Counts as: Doing", "Category: In Progress", "Project: PAY", "Workflow step: default/Doing",
            ]
        )
        #expect(status.externalID == "PAY/Arbeit")
        let everywhere = StatusMapping(project: "*", from: "Arbeit", to: "Doing", category: .inProgress, step: nil)
        #expect(everywhere.document(in: NoContext()).facets.project == nil)
        let step = WorkflowStep(workflow: "default", step: "Doing", number: 2, category: .inProgress, isCommitmentPoint: true)
        #expect(
            self.parts(step.document(in: NoContext())) == [
                "Workflow step: Doing", "Workflow: default", "Step number: 2", "Category: In Progress", "Commitment point: yes",
            ]
        )
        #expect(step.externalID == "default/Doing")
    }

    @Test("A repository by its full name, description, language and topics")
    func repository() {
        let repository = Repository(
            id: "42",
            name: "api",
            fullName: "acme/api",
            details: "The API",
            isArchived: true,
            language: "Swift",
            topics: ["payments", "bank"],
            updatedAt: self.day
        )
        let document = repository.document(in: NoContext())
        #expect(
            self.parts(document) == [
                "Repository: acme/api", "Description: The API", "Language: Swift", "Topics: payments, bank", "Archived: yes",
            ]
        )
        #expect(document.facets == Facets(repository: "acme/api", updatedAt: self.day))
    }

    @Test("A pull request by its title, description and author, which the original system sent as nothing")
    func pullRequest() {
        let pull = PullRequest(
            id: "987",
            repositoryID: "42",
            repository: "acme/api",
            number: 57,
            title: "Retry once",
            body: "Closes PAY-142",
            author: "ann",
            state: .merged,
            sourceBranch: "PAY-142-retry",
            labels: ["bug"],
            createdAt: self.day,
            updatedAt: self.day
        )
        let document = pull.document(in: NoContext())
        #expect(document.title == "acme/api#57 Retry once")
        #expect(
            self.parts(document) == [
                "Title: Retry once", "Description: Closes PAY-142", "State: merged", "Branch: PAY-142-retry", "Labels: bug",
                "Author: ann", "Repository: acme/api",
            ]
        )
        #expect(document.facets == Facets(repository: "acme/api", author: "ann", status: "merged", updatedAt: self.day))
        #expect((pull.stableID, pull.externalID) == ("987", "acme/api#57"))
    }

    private let pull = PullRequestContext(
        reference: "acme/api#57",
        title: "Retry once",
        repository: "acme/api",
        url: "https://g/57"
    )
    private let unknown = PullRequestContext(reference: nil, title: nil, repository: nil, url: nil)

    @Test("A commit by its message, author and short SHA; e-mail addresses stay out")
    func commit() {
        let commit = Commit(
            repositoryID: "42",
            number: 57,
            repository: "acme/api",
            sha: "0123456789abcdef",
            message: "Retry once\n\nPAY-142",
            authorLogin: "ann",
            authorName: "Ann",
            authorEmail: "ann@acme.example",
            committerEmail: "ci@acme.example",
            committedAt: self.day
        )
        let document = commit.document(in: self.pull)
        #expect(document.title == "01234567 Retry once")
        #expect(
            self.parts(document) == [
                "Commit message: Retry once\n\nPAY-142", "Author: Ann", "SHA: 01234567", "Pull request: acme/api#57 Retry once",
            ]
        )
        #expect(!"\(document)".contains("@acme.example"))
        #expect(document.facets == Facets(repository: "acme/api", author: "ann", updatedAt: self.day))
        #expect((commit.stableID, commit.externalID) == ("42#57@0123456789abcdef", "acme/api#57@0123456789abcdef"))
    }

    @Test("A title that no person would write is cut at a word, and the body holds all of it")
    func longTitle() {
        var commit = Commit(repositoryID: "42", number: 57, repository: "acme/api", sha: "0123456789abcdef", message: "")
        // A commit message of five megabytes in one line.
        commit.message = String(repeating: "retry ", count: 900_000) + "end"
        let document = commit.document(in: self.unknown)
        #expect(document.title.hasPrefix("01234567 retry retry ") && document.title.hasSuffix("retry…"))
        #expect((480...501).contains(document.title.count))
        #expect(document.body.contains("retry end\n"))

        func title(_ text: String) -> String { EntityDocument(title: text, parts: [], facets: Facets()).title }
        let longest = String(repeating: "ä", count: 500)
        #expect(title(longest) == longest)
        #expect(title(longest + " b") == String(longest.dropLast()) + "…", "one word that is too long")
        #expect(title(String(repeating: "a", count: 495) + " bcdefghi") == String(repeating: "a", count: 495) + "…")
        #expect(title(String(repeating: "e\u{301}", count: 400)) == String(repeating: "e\u{301}", count: 249) + "…")
        let alone = EntityDocument(title: longest + longest, parts: [], facets: Facets())
        #expect(alone.body.contains(longest + longest))
    }

    @Test("A review by its text and verdict; one without text still says who thought what of what")
    func review() {
        var review = Review(
            id: "7",
            repositoryID: "42",
            number: 57,
            author: "bob",
            state: "CHANGES_REQUESTED",
            body: "Twice?",
            submittedAt: self.day,
            url: nil
        )
        #expect(
            self.parts(review.document(in: self.pull)) == [
                "Review: Twice?", "Verdict: changes requested", "Reviewer: bob", "Pull request: acme/api#57 Retry once",
            ]
        )
        review.body = "  \n"
        #expect(self.parts(review.document(in: self.pull)).first == "Verdict: changes requested")
        #expect(!review.document(in: self.unknown).body.isEmpty)
    }

    @Test("A comment by its text and place; the two kinds of comments never share an id")
    func comment() {
        let line = Comment(
            kind: .review,
            id: "8",
            repositoryID: "42",
            number: 57,
            author: "bob",
            body: "Why twice?",
            path: "a.swift",
            line: 12,
            createdAt: self.day,
            updatedAt: self.day
        )
        let document = line.document(in: self.pull)
        #expect(
            self.parts(document) == [
                "Comment: Why twice?", "File: a.swift:12", "Author: bob", "Pull request: acme/api#57 Retry once",
            ]
        )
        #expect(document.url == "https://g/57")
        let talk = Comment(
            kind: .issue,
            id: "8",
            repositoryID: "42",
            number: 57,
            author: "bob",
            body: "",
            createdAt: nil,
            updatedAt: nil
        )
        #expect((line.stableID, talk.stableID) == ("review:8", "issue:8"))
        #expect(!talk.document(in: self.unknown).body.isEmpty)
    }

    @Test("A link by both its ends; its present state goes before the one that Jira has kept")
    func link() {
        let link = WorkItemLink(
            workItemID: "10001",
            workItemKey: "PAY-142",
            repository: "Acme/API",
            number: 57,
            origin: .key,
            foundIn: "title",
            branch: "PAY-142-retry",
            status: "open",
            url: nil
        )
        let context = WorkItemLink.Context(
            workItemSummary: "Retry payments",
            projectKey: "PAY",
            pullRequestTitle: "Retry once",
            pullRequestState: "merged",
            pullRequestAuthor: "ann",
            pullRequestURL: "https://g/57"
        )
        let document = link.document(in: context)
        #expect(
            self.parts(document) == [
                "Issue: PAY-142 Retry payments", "Pull request: Acme/API#57 Retry once", "Pull request status: merged",
                "Branch: PAY-142-retry", "Author: ann",
            ]
        )
        #expect((link.stableID, link.externalID) == ("10001~acme/api#57", "PAY-142~Acme/API#57"))
    }

    @Test("Control characters and blanks are no text, and an entity without any text is its title")
    func cleaning() {
        let document = EntityDocument(
            title: " \0Title\u{7} ",
            parts: [.init("A", " \r\n\t"), .init("B", nil), .init("C", "a\0b\u{1b}[0m\tc\nd"), .init("D", "\0")],
            facets: Facets()
        )
        #expect(document.title == "Title")
        #expect(self.parts(document) == ["C: ab[0m\tc\nd"])
        #expect(EntityDocument(title: "Title", parts: [.init("A", "")], facets: Facets()).body == "Title")
    }
}
