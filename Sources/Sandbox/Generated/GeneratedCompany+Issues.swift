/// Issues and their histories, as Jira Cloud shows them.
extension GeneratedCompany {
    /// What is special about a few steps of the first block.
    private enum Oddity: Int {
        case manyHistories = 0
        case hugeDescription, nullDescription, nulAndEmoji, scripts
    }

    private func oddity(_ plan: IssuePlan) -> Oddity? {
        plan.block == 0 && plan.kind == .step ? Oddity(rawValue: plan.ordinal) : nil
    }

    private static func text(_ instant: Instant) -> JSONValue {
        // Central European time: summer time is from 29 March to 25 October 2026, 01:00 UTC.
        let isSummer = (1_774_746_000_000..<1_792_890_000_000).contains(instant.milliseconds)
        return .string(instant.jira(offsetMinutes: isSummer ? 120 : 60))
    }

    func reporter(of plan: IssuePlan) -> Person { Person.all[(plan.index * 7 + 3) % Person.all.count] }

    func assignee(of plan: IssuePlan) -> Person { Person.all[(plan.theme + plan.block) % Person.all.count] }

    func summary(of plan: IssuePlan) -> String {
        let theme = Theme.all[plan.theme]
        switch plan.kind {
        case .epic: return plan.area.goal + (plan.block > 0 ? ", part \(plan.block + 1)" : "")
        case .theme: return title(theme.summary, block: plan.block)
        case .echo: return title(theme.echoSummary, block: plan.block)
        case .step: return title(theme.step, block: plan.block)
        }
    }

    private func description(of plan: IssuePlan) -> JSONValue {
        let theme = Theme.all[plan.theme]
        switch oddity(plan) {
        case .hugeDescription:
            return RichText.document(blocks: [RichText.paragraph("Log attached."), RichText.code(SpecialTexts.huge)])
        case .nullDescription: return .null
        case .nulAndEmoji: return RichText.document([SpecialTexts.nul, SpecialTexts.emoji])
        case .scripts: return RichText.document([SpecialTexts.scripts])
        default: break
        }
        var blocks: [JSONValue]
        switch plan.kind {
        case .epic:
            let subjects = Theme.all.filter { $0.area == plan.area }.map(\.subject)
            blocks = [
                RichText.paragraph("What we want to get rid of or to gain in this part of the year:"), RichText.bullets(subjects),
            ]
        case .theme:
            blocks = theme.description.map(RichText.paragraph)
            if theme.kind == .story { blocks.insert(RichText.heading("Why"), at: 0) }
        case .echo:
            blocks = [RichText.mention(reporter(of: plan), "took this from support:"), RichText.paragraph(theme.echo)]
        case .step:
            blocks = [RichText.paragraph("Part of the work on \(theme.subject). " + theme.objection)]
        }
        if let occasion = occasion(block: plan.block) { blocks.append(RichText.paragraph(occasion.sentence)) }
        return RichText.document(blocks: blocks)
    }

    private func type(of plan: IssuePlan) -> IssueTypeKind {
        switch plan.kind {
        case .epic: return .epic
        case .step: return .subtask
        case .theme, .echo:
            switch Theme.all[plan.theme].kind {
            case .bug: return .bug
            case .story: return .story
            case .task: return .task
            }
        }
    }

    // MARK: - The issue

    func issue(_ plan: IssuePlan) -> JSONValue {
        let parent: IssuePlan? =
            switch plan.kind {
            case .epic: nil
            case .theme, .echo: issues[epics[plan.block][plan.area.rawValue]]
            case .step: issues[themeIssues[plan.block][plan.theme]]
            }
        let isDone = plan.status == .done || plan.status == .declined
        let panel = pullsOfIssue[plan.index] ?? []
        let points: [JSONValue] = [1, 2, 3, 5, 8]
        let fields: JSONValue = [
            "summary": .string(summary(of: plan)), "description": description(of: plan), "issuetype": type(of: plan).json,
            "project": Self.project(plan.area), "status": plan.status.json, "priority": Self.priority(plan.index),
            "labels": [.string(Theme.all[plan.theme].branch)], "components": [], "reporter": reporter(of: plan).account,
            "creator": reporter(of: plan).account, "assignee": plan.status == .toDo ? .null : assignee(of: plan).account,
            "created": Self.text(plan.created), "updated": Self.text(plan.updated), "duedate": nil,
            "resolution": isDone ? ["id": "10000", "name": plan.status == .done ? "Done" : "Won't Do"] : .null,
            "resolutiondate": isDone ? Self.text(plan.updated) : .null,
            "parent": parent.map { parent in
                [
                    "id": .string(String(parent.id)), "key": .string(parent.key),
                    "fields": [
                        "summary": .string(summary(of: parent)), "status": parent.status.json,
                        "issuetype": type(of: parent).json,
                    ],
                ]
            } ?? .null,
            "subtasks": [], "issuelinks": [], "fixVersions": [],
            "customfield_10016": plan.kind == .epic ? .null : points[plan.index % 5],
            "customfield_10020": plan.kind == .epic || plan.status == .toDo ? .null : [sprint(at: plan.created, area: plan.area)],
            "customfield_10000": .string(panel.isEmpty ? "{}" : "{pullrequest={dataType=pullrequest, count=\(panel.count)}}"),
        ]
        return [
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": .string(String(plan.id)), "self": .string("https://acme.jira.example/rest/api/3/issue/\(plan.id)"),
            "key": .string(plan.key), "fields": fields,
        ]
    }

    private static func priority(_ index: Int) -> JSONValue {
        let number = [3, 3, 2, 3, 1, 4][index % 6]
        return ["id": .string(String(number)), "name": .string(["Highest", "High", "Medium", "Low"][number - 1])]
    }

    // MARK: - Histories

    /// Oldest first. The last one is made when the issue was updated last.
    func histories(of plan: IssuePlan) -> [JSONValue] {
        let path = plan.status.path(wasBlocked: plan.index % 5 == 2)
        var items: [[JSONValue]] = zip(path, path.dropFirst()).map { from, to in
            var items = [Self.item("status", from: (from.id, from.name), to: (to.id, to.name))]
            if to == .done || to == .declined {
                items.append(Self.item("resolution", from: nil, to: ("10000", to == .done ? "Done" : "Won't Do")))
            }
            return items
        }
        if plan.status != .toDo {
            let person = assignee(of: plan)
            items.insert([Self.item("assignee", from: nil, to: (person.accountID, person.name))], at: min(1, items.count))
        }
        if oddity(plan) == .manyHistories {
            items = (0..<130).map { number in
                [Self.item("labels", from: ("", "round-\(number)"), to: ("", "round-\(number + 1)"))]
            }
        }
        let span = plan.updated.milliseconds - plan.created.milliseconds
        return items.enumerated().map { number, items in
            let instant = Instant(
                milliseconds: plan.created.milliseconds + span * Int64(number + 1)
                    / Int64(items.isEmpty ? 1 : max(1, count(plan)))
            )
            return [
                "id": .string(String(1_000_000 + plan.index * 256 + number)), "author": assignee(of: plan).account,
                "created": Self.text(instant), "items": .array(items),
            ]
        }
    }

    /// How many histories an issue has.
    private func count(_ plan: IssuePlan) -> Int {
        if oddity(plan) == .manyHistories { return 130 }
        return plan.status.path(wasBlocked: plan.index % 5 == 2).count - 1 + (plan.status == .toDo ? 0 : 1)
    }

    private static func item(_ field: String, from: (id: String, name: String)?, to: (id: String, name: String)) -> JSONValue {
        [
            "field": .string(field), "fieldtype": "jira", "fieldId": .string(field), "from": .optional(from?.id),
            "fromString": .optional(from?.name), "to": .string(to.id), "toString": .string(to.name),
        ]
    }

    // MARK: - Sprints

    static let sprintSeconds: Int64 = 14 * 86_400

    func sprint(at instant: Instant, area: Area) -> JSONValue {
        sprint((instant.milliseconds - Self.start.milliseconds) / 1000 / Self.sprintSeconds, area: area)
    }

    /// Sprints of two weeks without a gap, from the first day of the company on.
    func sprint(_ number: Int64, area: Area) -> JSONValue {
        let start = Self.start.adding(seconds: number * Self.sprintSeconds)
        let end = start.adding(seconds: Self.sprintSeconds - 3600)
        let state = end < Self.end ? "closed" : start <= Self.end ? "active" : "future"
        var json: JSONValue = [
            "id": .int64(Int64(area.rawValue + 1) * 1000 + number), "name": .string("\(area.projectKey) Sprint \(number + 1)"),
            "state": .string(state), "startDate": .string(start.gitHub), "endDate": .string(end.gitHub),
            "originBoardId": .int(area.rawValue + 1), "boardId": .int(area.rawValue + 1), "goal": .string(area.goal),
        ]
        if state == "closed" { json["completeDate"] = .string(end.gitHub) }
        return json
    }

    // MARK: - Configuration of the site

    static func project(_ area: Area) -> JSONValue {
        let id = String(10_000 + area.rawValue)
        return [
            "self": .string("https://acme.jira.example/rest/api/3/project/\(id)"), "id": .string(id),
            "key": .string(area.projectKey), "name": .string(area.projectName), "projectTypeKey": "software", "simplified": false,
            "style": "classic", "isPrivate": false,
        ]
    }
}
