import Foundation
import PulseModel
import Store

/// Where the repositories of an organization or user are listed.
extension GitHubConnector {
    /// Whose token asked for a list, the last time.
    struct ListedViewer {
        var tags: EntityTags
        var login: String

        init?(tags: EntityTags, login: String?) {
            guard let login else { return nil }
            (self.tags, self.login) = (tags, login)
        }

        /// - Parameter text: as ``ListedPage/text(_:viewer:)`` makes it.
        init?(_ text: String?) {
            guard let text, let json = try? JSONParser.parse(text), let tags = EntityTags(json["viewer"]["tags"]) else {
                return nil
            }
            self.init(tags: tags, login: json["viewer"]["login"].text)
        }

        var json: JSONValue { JSONValue(["tags": self.tags.json, "login": .string(self.login)]) }
    }

    /// The first page of the organization's repositories; of the user's, where no organization has that name.
    ///
    /// - Parameters:
    ///   - known: what was listed the last time; a list that is still the same is answered as unchanged.
    ///   - viewer: whose token it was; known anew afterwards.
    func listing(
        _ known: [ListedPage] = [],
        viewer: inout ListedViewer?,
        pageSize: Int = 100,
        unit: String,
        _ run: SyncRun
    ) async throws -> (answer: SourceClient.Answer, tags: EntityTags) {
        let size = String(pageSize)
        let organization = run.client.url("/orgs/\(self.definition.organization ?? "")/repos", ["per_page": size])
        // What the name was the last time it most likely is.
        let wasUser = known.first.map { $0.tags.target != organization.target } ?? false
        if !wasUser {
            do {
                return try await self.ask(organization, known, unit: unit, run)
            } catch let error as ConnectorError where error.kind == .notFound {}
        }
        do {
            return try await self.ask(self.userList(size: size, viewer: &viewer, unit: unit, run), known, unit: unit, run)
        } catch let error as ConnectorError where error.kind == .notFound && wasUser {
            return try await self.ask(organization, known, unit: unit, run)
        }
    }

    /// A user's public repositories, or all of them: GitHub lists the private ones to nobody but the user's own token and an app that
    /// is installed at the user ("List repositories for the authenticated user", "List repositories accessible to the app
    /// installation").
    ///
    /// Several tokens are several people's: the others could not read what one of them lists.
    private func userList(
        size: String,
        viewer: inout ListedViewer?,
        unit: String,
        _ run: SyncRun
    ) async throws -> SourceURL {
        let owner = self.definition.organization ?? ""
        if self.definition.app != nil, self.definition.tokens.isEmpty {
            return run.client.url("/installation/repositories", ["per_page": size])
        }
        if self.credentialCount == 1 {
            do {
                let got = try await run.client.get(run.client.url("/user"), unlessUnchanged: viewer?.tags, unit: unit)
                if !got.answer.isUnchanged { viewer = ListedViewer(tags: got.tags, login: got.answer.json["login"].text) }
                if viewer?.login.lowercased() == owner.lowercased() {
                    return run.client.url("/user/repos", ["affiliation": "owner", "per_page": size])
                }
            } catch let error as ConnectorError where error.kind == .permission || error.kind == .notFound {}
        }
        return run.client.url("/users/\(owner)/repos", ["per_page": size])
    }

    /// The repositories of one page of such a list. An app may be installed at others than the one that is asked for.
    func repositories(in answer: SourceClient.Answer, unit: String) throws -> [JSONValue] {
        guard let listed = answer.json["repositories"].array else { return try answer.items(unit: unit) }
        return listed.filter { $0["full_name"].text.map(self.definition.covers) ?? true }
    }

    func ask(
        _ url: SourceURL,
        _ known: [ListedPage],
        unit: String,
        _ run: SyncRun
    ) async throws -> (answer: SourceClient.Answer, tags: EntityTags) {
        let tags = known.first { $0.tags.target == url.target }?.tags
        return try await run.client.get(url, unlessUnchanged: tags, unit: unit)
    }
}
