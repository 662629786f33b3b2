import Foundation

extension JQL {
    /// The conditions made ready for many issues.
    ///
    /// - Throws: `SandboxError` for a project that is not there or a date that cannot be read, in Jira's words.
    func filter(in world: JiraWorld) throws(SandboxError) -> @Sendable (JiraWorld.Issue) -> Bool {
        var tests: [@Sendable (JiraWorld.Issue) -> Bool] = []
        for condition in conditions { tests.append(try Self.test(condition, in: world)) }
        return { [tests] issue in tests.allSatisfy { $0(issue) } }
    }

    private static func test(
        _ condition: Condition,
        in world: JiraWorld
    ) throws(SandboxError) -> @Sendable (JiraWorld.Issue) -> Bool {
        let comparison = condition.comparison
        switch condition.field {
        case .project:
            let keys = try projectKeys(condition.values, in: world)
            let negated = try isNegated(comparison)
            return { keys.contains($0.projectKey) != negated }
        case .key:
            let names = Set(condition.values.map { $0.uppercased() })
            let negated = try isNegated(comparison)
            return { (names.contains($0.key) || names.contains(String($0.id))) != negated }
        case .id:
            if comparison == .among || comparison == .notAmong || comparison == .equal || comparison == .unequal {
                let names = Set(condition.values)
                let negated = try isNegated(comparison)
                return { names.contains(String($0.id)) != negated }
            }
            guard let bound = Int64(condition.values.first ?? "") else { throw SandboxError("An issue id must be a number.") }
            return { compare(Int64($0.id), comparison, bound) }
        case .updated, .created:
            let bound = try instant(condition, in: world).milliseconds
            let isUpdated = condition.field == .updated
            return { compare(isUpdated ? $0.updated.milliseconds : $0.created.milliseconds, comparison, bound) }
        }
    }

    private static func isNegated(_ comparison: Comparison) throws(SandboxError) -> Bool {
        switch comparison {
        case .equal, .among: return false
        case .unequal, .notAmong: return true
        default: throw SandboxError("The operator '\(comparison.rawValue)' is not supported by this field.")
        }
    }

    private static func compare(_ value: Int64, _ comparison: Comparison, _ bound: Int64) -> Bool {
        switch comparison {
        case .less: value < bound
        case .lessOrEqual: value <= bound
        case .greater: value > bound
        case .greaterOrEqual: value >= bound
        case .equal, .among: value == bound
        case .unequal, .notAmong: value != bound
        }
    }

    /// The keys of projects named by key, id or name. An issue's project counts even where the list of projects lacks it: recorded
    /// sites have such issues.
    private static func projectKeys(_ names: [String], in world: JiraWorld) throws(SandboxError) -> Set<String> {
        var keys: [String: String] = [:]
        for project in world.projects.map({ $0.json() }) {
            guard let key = project["key"]?.stringValue else { continue }
            keys[key.lowercased()] = key
            if let id = project["id"]?.stringValue { keys[id] = key }
            if let name = project["name"]?.stringValue { keys[name.lowercased()] = key }
        }
        var result: Set<String> = []
        for name in names {
            if let key = keys[name.lowercased()] {
                result.insert(key)
            } else if world.issues.contains(where: { $0.projectKey.lowercased() == name.lowercased() }) {
                result.insert(name.uppercased())
            } else {
                throw SandboxError("The value '\(name)' does not exist for the field 'project'.")
            }
        }
        return result
    }

    /// Epoch milliseconds, `-5m` and the like, or a date, read in the time zone of the calling user's profile as the real one does.
    private static func instant(_ condition: Condition, in world: JiraWorld) throws(SandboxError) -> Instant {
        let text = condition.values.first ?? ""
        let failure = SandboxError(
            "Date value '\(text)' for field '\(condition.field.rawValue)' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
                + "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )
        if text.count > 4, let milliseconds = Int64(text) { return Instant(milliseconds: milliseconds) }
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        if let last = text.last, let unit = units[last], let amount = Int64(text.dropLast()) {
            let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
            return now.adding(seconds: amount * unit)
        }
        guard let first = Instant(text) else { throw failure }
        // The offset depends on the instant, which depends on the offset: one step is enough but for the hour of a change.
        guard let local = Instant(text, offsetMinutes: world.offsetMinutes(at: first)) else { throw failure }
        return local
    }
}
