extension GeneratedCompany {
    /// Both services, filled with this company.
    ///
    /// - Parameter includesInvalidRecords: adds one record of each kind that a connector must refuse.
    func worlds(includesInvalidRecords: Bool) -> (GitHubWorld, JiraWorld) {
        var gitHub = gitHubWorld()
        var jira = jiraWorld()
        if includesInvalidRecords {
            InvalidRecords.add(to: &gitHub)
            InvalidRecords.add(to: &jira)
        }
        return (gitHub, jira)
    }

    private func gitHubWorld() -> GitHubWorld {
        var world = GitHubWorld()
        world.organizations = ["acme": 90_001]
        world.renamed = ["acme/backend": "acme/api"]
        world.viewer = Person.all[0].user
        world.detailOnlyKeys = [
            "merged", "mergeable", "mergeable_state", "merged_by", "comments", "review_comments", "commits", "additions",
            "deletions",
            "changed_files",
        ]
        world.versionedKeys = ["merge_commit_sha", "assignee"]
        for name in ["acme/api", "acme/web", "acme/mobile"] {
            var repository = GitHubWorld.Repository(fullName: name, document: Document(repositoryDocument(name)))
            for plan in pulls where plan.repository == name {
                repository.pulls.append(
                    GitHubWorld.Pull(
                        number: plan.number,
                        created: plan.created,
                        updated: plan.updated,
                        isOpen: plan.state == .open || plan.state == .draft,
                        document: Document { pull(plan) },
                        commits: .made { commits(of: plan) },
                        reviews: .made { reviews(of: plan) },
                        nodeID: "PR_kwDO\(plan.id)"
                    )
                )
                repository.reviewComments += remarks(of: plan)
                repository.issueComments += conversation(of: plan)
                world.commitCount += commitCount(plan)
                world.reviewCount += reviewCount(plan)
            }
            repository.commits = mainCommits(of: name)
            repository.deployments = deployments(of: name)
            repository.releases = releases(of: name)
            let last = (repository.pulls.map(\.number).max() ?? 0) + 1
            let created = Self.start.adding(seconds: 86_400)
            let id = 950_000_000 + last
            repository.issueComments.append(
                GitHubWorld.Comment(
                    id: id,
                    number: last,
                    created: created,
                    updated: created,
                    document: Document {
                        comment(
                            id,
                            name,
                            last,
                            kind: "issues",
                            text: "This stands below a plain issue, not below a pull request.",
                            by: Person.all[4],
                            at: created
                        )
                    }
                )
            )
            world.repositories.append(repository)
        }
        return world
    }

    private func jiraWorld() -> JiraWorld {
        var world = JiraWorld()
        world.projects = Area.allCases.map { area in
            var project = Self.project(area)
            project["description"] = .string(area.goal + ".")
            project["lead"] = Person.all[area.rawValue].account
            return Document(project)
        }
        world.issueTypes = IssueTypeKind.allCases.map { Document($0.json) }
        world.statuses = WorkflowStatus.allCases.map { Document($0.json) }
        world.users = Person.all.map(\.account)
        world.fields = Self.fields
        let sprints = (Self.end.milliseconds - Self.start.milliseconds) / 1000 / Self.sprintSeconds + 1
        world.boards = Area.allCases.map { area in
            let isKanban = area == .operations
            let board: JSONValue = [
                "id": .int(area.rawValue + 1), "name": .string(area.projectName + " board"),
                "type": isKanban ? "kanban" : "scrum",
                "location": ["projectKey": .string(area.projectKey), "projectId": .int(10_000 + area.rawValue)],
            ]
            return JiraWorld.Board(
                id: area.rawValue + 1,
                document: Document(board),
                sprints: isKanban ? nil : (0...sprints).map { sprint($0, area: area) }
            )
        }
        world.issues = issues.map { plan in
            JiraWorld.Issue(
                id: plan.id,
                key: plan.key,
                projectKey: plan.area.projectKey,
                created: plan.created,
                updated: plan.updated,
                document: Document { issue(plan) },
                histories: .made { histories(of: plan) }
            )
        }
        for (issue, pulls) in pullsOfIssue {
            world.development[issues[issue].id] = [
                JiraWorld.Development(
                    applicationType: "GitHub",
                    dataType: "pullrequest",
                    detail: .made { [panel(of: pulls.map { self.pulls[$0] })] }
                )
            ]
        }
        return world
    }

    private func panel(of pulls: [PullPlan]) -> JSONValue {
        let rows = pulls.map { plan -> JSONValue in
            let repository = "https://github.example/" + plan.repository
            let status = plan.state == .merged ? "MERGED" : plan.state == .closed ? "DECLINED" : "OPEN"
            return [
                "author": ["name": .string(author(of: plan).name)], "id": .string("#\(plan.number)"),
                "name": .string(pullTitle(plan)),
                "commentCount": .int(conversationCount(plan) + remarkCount(plan)),
                "source": ["branch": .string(branch(of: plan)), "url": .string(repository + "/tree/" + branch(of: plan))],
                "destination": ["branch": "main", "url": .string(repository + "/tree/main")],
                "reviewers": [["name": .string(reviewer(of: plan).name), "approved": false]], "status": .string(status),
                "url": .string(repository + "/pull/\(plan.number)"), "lastUpdate": .string(plan.updated.jira(offsetMinutes: 0)),
                "repositoryName": .string(plan.repository), "repositoryUrl": .string(repository),
            ]
        }
        return [
            "branches": [], "repositories": [], "pullRequests": .array(rows),
            "_instance": ["name": "GitHub", "baseUrl": "https://github.example", "type": "GitHub", "id": "github-cloud"],
        ]
    }

    private static let fields: [JSONValue] = {
        let system = [
            ("summary", "Summary", "string"), ("description", "Description", "string"), ("issuetype", "Issue Type", "issuetype"),
            ("project", "Project", "project"), ("status", "Status", "status"), ("priority", "Priority", "priority"),
            ("labels", "Labels", "array"), ("reporter", "Reporter", "user"), ("creator", "Creator", "user"),
            ("assignee", "Assignee", "user"), ("created", "Created", "datetime"), ("updated", "Updated", "datetime"),
            ("duedate", "Due date", "date"), ("resolution", "Resolution", "resolution"),
            ("resolutiondate", "Resolved", "datetime"),
            ("parent", "Parent", "issuelink"), ("components", "Components", "array"), ("fixVersions", "Fix versions", "array"),
            ("subtasks", "Sub-tasks", "array"), ("issuelinks", "Linked Issues", "array"),
        ].map { id, name, type -> JSONValue in
            [
                "id": .string(id), "key": .string(id), "name": .string(name), "custom": false,
                "schema": ["type": .string(type), "system": .string(id)],
            ]
        }
        let custom = [
            (10_000, "Development", "any", "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf"),
            (10_016, "Story point estimate", "number", "com.pyxis.greenhopper.jira:jsw-story-points"),
            (10_020, "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
        ].map { id, name, type, schema -> JSONValue in
            [
                "id": .string("customfield_\(id)"), "key": .string("customfield_\(id)"), "name": .string(name), "custom": true,
                "schema": ["type": .string(type), "custom": .string(schema), "customId": .int(id)],
            ]
        }
        return system + custom
    }()
}
