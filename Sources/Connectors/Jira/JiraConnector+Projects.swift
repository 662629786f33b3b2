import Foundation
import Store
import Synchronization

extension JiraConnector {
    /// What a synchronization is asked to do.
    struct UnitSelection: Sendable {
        /// Nil takes all.
        var units: Set<String>?
        var isSweeping: Bool

        func isWanted(_ unit: String) -> Bool { self.units?.contains(unit) ?? true }

        /// Whether a sweep is due whenever the last one was.
        func isForced(_ sweep: String) -> Bool { self.isSweeping || self.units?.contains(sweep) == true }
    }

    /// Reads the issues of all projects that are to be read, several at a time; of a big site those that have changed.
    ///
    /// - Parameters:
    ///   - keys: that Jira has listed; empty where it never will, nil where it has not this time.
    ///   - renamed: projects that are named by a former key, with the present one.
    func readIssues(
        _ selection: UnitSelection,
        listed keys: [String]?,
        renamed: [String: String],
        _ context: @escaping @Sendable () -> IssueContext,
        _ run: SyncRun
    ) async throws {
        var survey: Survey?
        if selection.isWanted("changes"), self.definition.projects.isEmpty, let keys, keys.count >= Self.fewestSurveyed {
            survey = try await run.unit("changes") { try await self.survey(keys, unit: "changes", run) }
        }
        let unchanged = survey?.unchanged ?? []
        let scopes = self.scopes(toRead: selection.units, listed: keys).filter { scope in
            // What is tried alone is read whatever the survey says.
            if selection.units == nil, case .project(let key) = scope { !unchanged.contains(key) } else { true }
        }
        let covered = Mutex(unchanged)
        try await run.parallel(scopes, atOnce: Self.projectsAtOnce) { scope, run in
            let isInSight = try await run.unit(scope.unit) {
                try await self.issuesInSight(of: scope, renamed: renamed, context(), run)
            }
            if case .project(let key) = scope, isInSight == true { covered.withLock { _ = $0.insert(key) } }
        }
        if let newest = survey?.newest { try await self.keep(newest, of: covered.withLock { $0 }, run) }
    }

    /// Whose issues are read: the named projects', else those of all that the account sees, each from its own beginning on, and last
    /// those of projects that Jira does not list and yet shows issues of.
    ///
    /// - Parameters:
    ///   - units: only these; one that failed is among them although its project is not listed any more.
    ///   - listed: keys that Jira has listed; empty where it never will, nil where it has not this time.
    private func scopes(toRead units: Set<String>?, listed: [String]?) -> [IssueScope] {
        guard self.definition.projects.isEmpty else {
            return self.definition.projects.map { .project($0) }.filter { units?.contains($0.unit) ?? true }
        }
        let all = listed.map { keys in keys.map { .project($0) } + [IssueScope.others(than: keys)] } ?? []
        guard let units else { return all }
        let unlisted = units.subtracting(all.map(\.unit)).sorted().compactMap { IssueScope.project(ofUnit: $0) }
        return all.filter { units.contains($0.unit) } + unlisted
    }
}
