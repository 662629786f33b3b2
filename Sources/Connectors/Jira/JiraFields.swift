/// Which fields of a Jira site hold what: custom fields have other ids on every site.
struct JiraFields: Equatable {
    /// Asked for on every site.
    static let standard = [
        "summary", "status", "issuetype", "project", "created", "updated", "description", "environment", "priority",
        "resolution", "resolutiondate", "labels", "assignee", "reporter", "parent",
    ]

    var storyPoints: [String] = []
    var sprints: [String] = []
    /// What the sprint field is called: Data Center's histories name fields by nothing else.
    var sprintNames: Set<String> = []
    var epicLinks: [String] = []
    var teams: [String] = []
    var acceptanceCriteria: [String] = []
    var development: [String] = []
    /// What the integration's file asks for besides.
    var additional: [String] = []

    /// Whether texts are wiki markup instead of documents.
    var isWikiText = false

    init() {}

    /// The plain text of a field that people format.
    func plain(_ value: JSONValue) -> String? {
        if self.isWikiText, let text = value.string { WikiText.plain(text) } else { ADFText.plain(value) }
    }

    /// - Parameter list: the answer of `GET /rest/api/3/field`.
    init(_ list: [JSONValue]) {
        for field in list {
            guard let id = field["id"].identifier ?? field["key"].identifier else { continue }
            let custom = field["schema"]["custom"].string ?? ""
            let type = field["schema"]["type"].string ?? ""
            let name = (field["untranslatedName"].text ?? field["name"].text ?? "").lowercased().filter { $0.isLetter }
            switch custom.split(separator: ":").last {
            case "gh-sprint":
                self.sprints.append(id)
                self.sprintNames.formUnion([field["name"].text, field["untranslatedName"].text].compactMap(\.self))
            case "gh-epic-link": self.epicLinks.append(id)
            case "jsw-story-points": self.storyPoints.append(id)
            case "devsummarycf", "devsummary": self.development.append(id)
            case "rm-teams-custom-field-team", "jpo-custom-field-team", "atlassian-team": self.teams.append(id)
            default:
                switch name {
                case "storypoints", "storypointestimate", "storypoint": if type == "number" { self.storyPoints.append(id) }
                case "acceptancecriteria", "acceptancecriterion": self.acceptanceCriteria.append(id)
                case "team": if id.hasPrefix("customfield_") { self.teams.append(id) }
                case "development": if id.hasPrefix("customfield_") { self.development.append(id) }
                default: continue
                }
            }
        }
    }

    /// What to ask for: what Pulse reads, and what the integration adds.
    func requested() -> [String] {
        var fields: [String] = []
        let all =
            Self.standard + self.storyPoints + self.sprints + self.epicLinks + self.teams + self.acceptanceCriteria
            + self.development + self.additional
        for field in all where !fields.contains(field) { fields.append(field) }
        return fields
    }
}
