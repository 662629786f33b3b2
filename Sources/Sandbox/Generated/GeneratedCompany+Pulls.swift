/// Pull requests and what hangs on them, as GitHub shows them.
extension GeneratedCompany {
    /// What is special about a few pull requests of the first block.
    private enum Oddity: Int {
        case hugeBody = 41
        case nullBody, emoji, scripts, manyCommits, nulCharacter, emptyBody, ghostAuthor
    }

    private func oddity(_ plan: PullPlan) -> Oddity? {
        plan.block == 0 ? Oddity(rawValue: plan.slot) : nil
    }

    func author(of plan: PullPlan) -> Person {
        Person.all[(plan.theme + plan.block) % Person.all.count]
    }

    func reviewer(of plan: PullPlan) -> Person {
        Person.all[(plan.theme + plan.block + 3) % Person.all.count]
    }

    /// Where a pull request names its issue: everyone has habits of their own. Of the follow-ups every fifth names it nowhere and is
    /// known to Jira's development panel only.
    private enum Mention: Int {
        case titlePrefix, titleSuffix, branch, commits, panelOnly
    }

    private func mention(_ plan: PullPlan) -> Mention {
        if !plan.isMain { return plan.slot % 5 == 4 ? .panelOnly : .commits }
        return Mention(rawValue: (plan.theme + plan.block) % 4) ?? .titlePrefix
    }

    func pullTitle(_ plan: PullPlan) -> String {
        let theme = Theme.all[plan.theme]
        let text =
            plan.isMain ? theme.pullTitle : ["Tests around \(theme.subject)", "Follow-up on \(theme.subject)"][plan.slot % 2]
        let title = title(text, block: plan.block)
        switch mention(plan) {
        case .titlePrefix: return issues[plan.issue].key + ": " + title
        case .titleSuffix: return title + " (" + issues[plan.issue].key + ")"
        default: return title
        }
    }

    func branch(of plan: PullPlan) -> String {
        let slug = Theme.all[plan.theme].branch + (plan.isMain ? "" : "-followup") + (plan.block > 0 ? "-\(plan.block)" : "")
        switch mention(plan) {
        case .titlePrefix, .branch: return "feature/" + issues[plan.issue].key + "-" + slug
        default: return author(of: plan).login + "/" + slug
        }
    }

    private func body(of plan: PullPlan) -> JSONValue {
        let theme = Theme.all[plan.theme]
        switch oddity(plan) {
        case .hugeBody: return .string(SpecialTexts.huge)
        case .nullBody: return .null
        case .emoji: return .string(theme.pullBody + "\n\n" + SpecialTexts.emoji)
        case .scripts: return .string(SpecialTexts.scripts)
        case .nulCharacter: return .string(SpecialTexts.nul)
        case .emptyBody: return ""
        default: break
        }
        var paragraphs = [plan.isMain ? theme.pullBody : "Covers what was left open about \(theme.subject). " + theme.talk]
        if let occasion = occasion(block: plan.block) { paragraphs.append(occasion.sentence) }
        return .string(paragraphs.joined(separator: "\r\n\r\n"))
    }

    // MARK: - Commits

    func commitCount(_ plan: PullPlan) -> Int {
        oddity(plan) == .manyCommits ? 120 : plan.isMain ? Theme.all[plan.theme].commits.count : 1
    }

    private func sha(_ plan: PullPlan, _ number: Int) -> String {
        var random = random(3, plan.index, number)
        return random.hexadecimal(40)
    }

    func commits(of plan: PullPlan) -> [JSONValue] {
        let theme = Theme.all[plan.theme]
        let author = author(of: plan)
        let count = commitCount(plan)
        return (0..<count).map { number in
            let sha = sha(plan, number)
            let parent = number == 0 ? baseSHA(plan) : self.sha(plan, number - 1)
            let instant = plan.created.adding(seconds: Int64(-3600 * (count - number)))
            var message = plan.isMain && count < 100 ? theme.commits[number] : "Step \(number + 1): test \(theme.subject)"
            switch mention(plan) {
            case .titleSuffix where number == 0: message = issues[plan.issue].key + " " + message
            case .commits where number == 0: message += "\n\nRefs: " + issues[plan.issue].key
            default: break
            }
            if number == 1 { message += "\n\nFiles are read as UTF-8, digests are SHA-256." }
            let url = "https://api.github.example/repos/\(plan.repository)/commits/\(sha)"
            let html = "https://github.example/\(plan.repository)/commit/\(sha)"
            return [
                "sha": .string(sha), "node_id": .string("C_kwDO\(sha.prefix(12))"),
                "commit": [
                    "author": author.signature(at: instant), "committer": author.signature(at: instant),
                    "message": .string(message), "tree": ["sha": .string(String(sha.reversed()))], "comment_count": 0,
                    "verification": ["verified": false, "reason": "unsigned", "signature": nil, "payload": nil],
                ],
                "url": .string(url), "html_url": .string(html), "comments_url": .string(url + "/comments"), "author": author.user,
                "committer": author.user, "parents": [["sha": .string(parent)]],
            ]
        }
    }

    /// The commit that merging it made.
    func mergeSHA(_ plan: PullPlan) -> String { baseSHA(plan) }

    private func baseSHA(_ plan: PullPlan) -> String {
        var random = random(4, plan.index)
        return random.hexadecimal(40)
    }

    // MARK: - The pull request

    func pull(_ plan: PullPlan) -> JSONValue {
        let url = pullURL(plan)
        let html = "https://github.example/\(plan.repository)/pull/\(plan.number)"
        let author = author(of: plan)
        let closed: JSONValue = plan.state == .merged || plan.state == .closed ? .string(plan.updated.gitHub) : .null
        let isMerged = plan.state == .merged
        var random = random(5, plan.index)
        let repository = repositoryDocument(plan.repository)
        func end(_ branch: String, _ sha: String) -> JSONValue {
            let owner = String(plan.repository.prefix { $0 != "/" })
            return ["label": .string(owner + ":" + branch), "ref": .string(branch), "sha": .string(sha), "repo": repository]
        }
        let label: JSONValue = ["id": .int(77 + plan.theme % 5), "name": .string(Theme.all[plan.theme].area.projectName)]
        return [
            "url": .string(url), "id": .int(plan.id), "node_id": .string("PR_kwDO\(plan.id)"), "html_url": .string(html),
            "diff_url": .string(html + ".diff"),
            "issue_url": .string("https://api.github.example/repos/\(plan.repository)/issues/\(plan.number)"),
            "number": .int(plan.number), "state": plan.state == .open || plan.state == .draft ? "open" : "closed",
            "locked": false,
            "title": .string(pullTitle(plan)), "user": oddity(plan) == .ghostAuthor ? .null : author.user, "body": body(of: plan),
            "created_at": .string(plan.created.gitHub), "updated_at": .string(plan.updated.gitHub), "closed_at": closed,
            "merged_at": isMerged ? closed : .null, "merge_commit_sha": isMerged ? .string(baseSHA(plan)) : .null,
            "assignee": author.user, "assignees": [author.user], "requested_reviewers": [reviewer(of: plan).user],
            "labels": [label], "milestone": nil, "draft": .bool(plan.state == .draft),
            "head": end(branch(of: plan), sha(plan, commitCount(plan) - 1)), "base": end("main", baseSHA(plan)),
            "author_association": "MEMBER", "auto_merge": nil, "active_lock_reason": nil, "merged": .bool(isMerged),
            "mergeable": nil, "mergeable_state": "unknown", "merged_by": isMerged ? reviewer(of: plan).user : .null,
            "comments": .int(conversationCount(plan)), "review_comments": .int(remarkCount(plan)),
            "commits": .int(commitCount(plan)), "additions": .int(20 + random.below(400)), "deletions": .int(random.below(120)),
            "changed_files": .int(1 + random.below(12)),
        ]
    }

    private func pullURL(_ plan: PullPlan) -> String {
        "https://api.github.example/repos/\(plan.repository)/pulls/\(plan.number)"
    }

    func repositoryDocument(_ name: String) -> JSONValue {
        let names = ["acme/api", "acme/web", "acme/mobile"]
        let descriptions = [
            "Payments, orders, search: the services behind the shop", "The web shop", "The apps for iOS and Android",
        ]
        let languages = ["Swift", "TypeScript", "Kotlin"]
        let index = names.firstIndex(of: name) ?? 0
        let short = String(name.drop { $0 != "/" }.dropFirst())
        return [
            "id": .int(91_000 + index), "node_id": .string("R_kgDO\(91_000 + index)"), "name": .string(short),
            "full_name": .string(name),
            "private": true, "owner": ["login": "acme", "id": 90_001, "type": "Organization"],
            "html_url": .string("https://github.example/" + name), "description": .string(descriptions[index]), "fork": false,
            "url": .string("https://api.github.example/repos/" + name), "created_at": .string(Self.start.gitHub),
            "updated_at": .string(Self.end.gitHub), "pushed_at": .string(Self.end.gitHub), "language": .string(languages[index]),
            "archived": false, "disabled": false, "visibility": "private", "default_branch": "main",
            "topics": ["shop", .string(short)],
        ]
    }

    // MARK: - Reviews and comments

    private func reviewStates(_ plan: PullPlan) -> [String] {
        guard plan.isMain else { return plan.state == .merged ? ["APPROVED"] : [] }
        switch plan.state {
        case .merged: return plan.theme % 3 == 0 ? ["CHANGES_REQUESTED", "COMMENTED", "APPROVED"] : ["COMMENTED", "APPROVED"]
        case .closed: return ["CHANGES_REQUESTED", "DISMISSED"]
        case .open: return plan.theme % 2 == 0 ? ["CHANGES_REQUESTED", "COMMENTED"] : ["COMMENTED", "PENDING"]
        case .draft: return ["COMMENTED"]
        }
    }

    func reviewCount(_ plan: PullPlan) -> Int { reviewStates(plan).count }

    func reviews(of plan: PullPlan) -> [JSONValue] {
        let theme = Theme.all[plan.theme]
        let states = reviewStates(plan)
        return states.enumerated().map { number, state in
            let id = 700_000_000 + plan.index * 8 + number
            let html = "https://github.example/\(plan.repository)/pull/\(plan.number)#pullrequestreview-\(id)"
            let text =
                switch state {
                case "CHANGES_REQUESTED": theme.objection
                case "APPROVED": plan.isMain ? theme.praise : "Good to have these tests for \(theme.subject)."
                case "DISMISSED": "No longer needed, we went another way about \(theme.subject)."
                // Inline remarks come with a review that has no text of its own.
                default: ""
                }
            return [
                "id": .int(id), "node_id": .string("PRR_kwDO\(id)"), "user": reviewer(of: plan).user, "body": .string(text),
                "state": .string(state), "html_url": .string(html), "pull_request_url": .string(pullURL(plan)),
                "author_association": "MEMBER", "commit_id": .string(sha(plan, 0)),
                "submitted_at": state == "PENDING" ? .null : .string(moment(plan, number + 1, of: states.count + 1).gitHub),
            ]
        }
    }

    private func moment(_ plan: PullPlan, _ part: Int, of parts: Int) -> Instant {
        let span = plan.updated.milliseconds - plan.created.milliseconds
        return Instant(milliseconds: plan.created.milliseconds + span * Int64(part) / Int64(parts))
    }

    func remarkCount(_ plan: PullPlan) -> Int { plan.isMain ? (plan.theme % 4 == 0 ? 2 : 1) : 0 }

    /// Comments at lines of the change; a second one answers the first.
    func remarks(of plan: PullPlan) -> [GitHubWorld.Comment] {
        (0..<remarkCount(plan)).map { number in
            let id = 800_000_000 + plan.index * 4 + number
            let created = moment(plan, 2 + number, of: 5)
            return GitHubWorld.Comment(
                id: id,
                number: plan.number,
                created: created,
                updated: created,
                document: Document { remark(plan, number, id, created) }
            )
        }
    }

    private func remark(_ plan: PullPlan, _ number: Int, _ id: Int, _ created: Instant) -> JSONValue {
        let theme = Theme.all[plan.theme]
        let text = number == 0 ? theme.remark : "Good point, done in the next commit."
        var json: JSONValue = [
            "url": .string("https://api.github.example/repos/\(plan.repository)/pulls/comments/\(id)"),
            "pull_request_review_id": .int(700_000_000 + plan.index * 8), "id": .int(id), "node_id": .string("PRRC_kwDO\(id)"),
            "diff_hunk": "@@ -40,6 +40,9 @@\n context\n+added", "path": .string(theme.path), "position": 3, "line": 43,
            "side": "RIGHT",
            "commit_id": .string(sha(plan, 0)), "original_commit_id": .string(sha(plan, 0)),
            "user": number == 0 ? reviewer(of: plan).user : author(of: plan).user, "body": .string(text),
            "created_at": .string(created.gitHub), "updated_at": .string(created.gitHub),
            "html_url": .string("https://github.example/\(plan.repository)/pull/\(plan.number)#discussion_r\(id)"),
            "pull_request_url": .string(pullURL(plan)), "author_association": "MEMBER",
        ]
        if number > 0 { json["in_reply_to_id"] = .int(id - 1) }
        return json
    }

    func conversationCount(_ plan: PullPlan) -> Int { plan.isMain ? (plan.theme % 3 == 1 ? 2 : 1) : 0 }

    /// Comments below a pull request; some are a machine's.
    func conversation(of plan: PullPlan) -> [GitHubWorld.Comment] {
        (0..<conversationCount(plan)).map { number in
            let id = 900_000_000 + plan.index * 4 + number
            let created = moment(plan, 3 + number, of: 6)
            let text = number == 0 ? Theme.all[plan.theme].talk : "All 1,204 tests passed. Coverage 87.4% (+0.2%)."
            let person = number == 0 ? author(of: plan) : Person.bot
            return GitHubWorld.Comment(
                id: id,
                number: plan.number,
                created: created,
                updated: created,
                document: Document {
                    comment(id, plan.repository, plan.number, kind: "pull", text: text, by: person, at: created)
                }
            )
        }
    }

    /// - Parameter kind: `pull` or `issues`, which is all that tells a plain issue's comment from a pull request's.
    func comment(
        _ id: Int,
        _ repository: String,
        _ number: Int,
        kind: String,
        text: String,
        by person: Person,
        at created: Instant
    ) -> JSONValue {
        let url = "https://api.github.example/repos/\(repository)/issues"
        return [
            "url": .string("\(url)/comments/\(id)"),
            "html_url": .string("https://github.example/\(repository)/\(kind)/\(number)#issuecomment-\(id)"),
            "issue_url": .string("\(url)/\(number)"), "id": .int(id), "node_id": .string("IC_kwDO\(id)"), "user": person.user,
            "created_at": .string(created.gitHub), "updated_at": .string(created.gitHub), "author_association": "MEMBER",
            "body": .string(text),
        ]
    }
}
