import Foundation
import PulseModel
import Store

extension GitHubConnector {
    /// Reads one pull request with what hangs on it, after an event that says that it has changed.
    ///
    /// - Throws: ``ConnectorError``; a pull request that is not there (any more) is no error.
    public func refresh(pullRequest number: Int, repositoryID: String, repository name: String) async throws {
        let repository = Repository(id: repositoryID, name: name, fullName: name)
        let unit = "pull:\(name)#\(number)"
        let run = self.run { _ in }
        let access = GraphAccess(isOff: !self.definition.usesGraphQL)
        var page = IngestionPage(fetchedAt: run.clock.now())
        do {
            guard access.isOpen else { throw GraphRefused(reason: "switched off") }
            let names = name.split(separator: "/", maxSplits: 1).map(String.init)
            let answer = try await self.graph(
                GraphDocument.onePull,
                JSONValue([
                    "owner": .string(names.first ?? ""), "name": .string(names.last ?? ""), "number": JSONValue(number),
                ]),
                unit: unit,
                run
            )
            let node = answer.data["repository"]["pullRequest"]
            if answer.isTooLarge || node.isNull { throw GraphRefused(reason: answer.problems.first?.message ?? "not shown") }
            var more: [PullsCursor.More] = []
            let path = ["repository", "pullRequest"]
            try await self.take(node, at: path, answer, of: repository, into: &page, &more, unit: unit, run)
            if more.contains(where: \.after.isEmpty) { throw GraphRefused(reason: "a list is missing") }
            try await run.write(page)
            // The end of a long list comes with the next sync.
        } catch is GraphRefused {
            page = IngestionPage(fetchedAt: run.clock.now())
            try await self.takeOverREST(number, of: repository, into: &page, unit: unit, run)
            // One that is not there is no bad record.
            guard !page.pullRequests.isEmpty else { return }
            try await run.write(page)
        }
    }
}
