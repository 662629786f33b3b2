import PulseModel

/// What Jira's development panel shows of one issue: pull requests of one application or of several.
struct DevelopmentPanel: Sendable {
    /// The sources of code that an issue's development field names. GitHub and GitHub Enterprise Server are two.
    struct Applications: Equatable {
        /// As the panel wants to be asked.
        var names: [String]
        /// Whether the field names them; else each is asked until one shows something.
        var areNamed: Bool
    }

    /// Objects of the answers' `detail`.
    var detail: [JSONValue] = []
    /// Whether all that could show something has answered.
    var isComplete = true

    /// As it is kept for a replay.
    var record: JSONValue { JSONValue(["detail": .array(self.detail), "isComplete": .bool(self.isComplete)]) }

    init() {}

    /// - Parameter record: of ``record``.
    init(record: JSONValue) {
        self.detail = record["detail"].array ?? []
        self.isComplete = record["isComplete"].bool ?? false
    }

    /// The pull requests as links of the issue, each once.
    func links(of item: (id: String, key: String)) -> [WorkItemLink] {
        var known: Set<String> = []
        return self.detail.flatMap { $0["pullRequests"].array ?? [] }.compactMap { pull in
            // Without what follows a # in the URL, which would be read as a number's mark.
            guard let address = pull["url"].text, let reference = PullRequestReference(address.prefix { $0 != "#" && $0 != "?" })
            else { return nil }
            let link = WorkItemLink(
                workItemID: item.id,
                workItemKey: item.key,
                repository: reference.repository,
                number: reference.number,
                origin: .developmentPanel,
                foundIn: "panel",
                branch: pull["source"]["branch"].text,
                status: pull["status"].text?.lowercased(),
                url: address
            )
            return known.insert(link.stableID).inserted ? link : nil
        }
    }

    /// Whether an issue's development fields say that there are pull requests; nil where no field says anything.
    ///
    /// A field holds `{}` where there is nothing, else a text such as
    /// `{pullrequest={dataType=pullrequest, state=OPEN, stateCount=1}, json={…}}`, or such an object.
    static func namesPullRequests(_ fields: JSONValue, _ known: JiraFields) -> Bool? {
        let texts = Self.texts(fields, known)
        return texts.isEmpty ? nil : texts.contains { $0.contains("pullrequest") }
    }

    /// The applications that the development fields name: `json` holds a summary with `"byInstanceType":{"GitHub":{"count":1,…}}`.
    static func applications(_ fields: JSONValue, _ known: JiraFields, isDataCenter: Bool) -> Applications {
        let (gitHub, enterprise) = (isDataCenter ? "github" : "GitHub", "githube")
        let summaries = Self.texts(fields, known).filter { $0.contains("byinstancetype") }
        guard !summaries.isEmpty else { return Applications(names: [gitHub, enterprise], areNamed: false) }
        var names: [String] = []
        if summaries.contains(where: { $0.replacing(enterprise, with: "").contains("github") }) { names.append(gitHub) }
        if summaries.contains(where: { $0.contains(enterprise) }) { names.append(enterprise) }
        return Applications(names: names, areNamed: true)
    }

    private static func texts(_ fields: JSONValue, _ known: JiraFields) -> [String] {
        known.development.compactMap { id in
            switch fields[id] {
            case .string(let text): text.lowercased()
            case .object: fields[id].serialized.lowercased()
            default: nil
            }
        }
    }
}
