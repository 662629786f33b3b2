import Foundation
import PulseModel
import Store

/// Where the repositories of an organization or user are listed.
extension GitHubConnector {
    /// Whose repositories were listed the last time, and what the owner was.
    struct ListedOwner {
        var login: String
        var isUser: Bool

        init(_ login: String, isUser: Bool) { (self.login, self.isUser) = (login, isUser) }

        init?(_ json: JSONValue) {
            guard let login = json["login"].text, let isUser = json["user"].bool else { return nil }
            self.init(login, isUser: isUser)
        }

        var json: JSONValue { JSONValue(["login": .string(self.login), "user": .bool(self.isUser)]) }

        /// GitHub's names ignore case.
        func isNamed(_ name: String) -> Bool { self.login.lowercased() == name.lowercased() }
    }

    /// Whose token asked for a list, the last time.
    struct ListedViewer {
        var tags: EntityTags
        var login: String

        init?(tags: EntityTags, login: String?) {
            guard let login else { return nil }
            (self.tags, self.login) = (tags, login)
        }

        init?(_ json: JSONValue) {
            guard let tags = EntityTags(json["tags"]) else { return nil }
            self.init(tags: tags, login: json["login"].text)
        }

        var json: JSONValue { JSONValue(["tags": self.tags.json, "login": .string(self.login)]) }
    }

    /// The first page of the organization's repositories; of the user's, where no organization has that name.
    ///
    /// - Parameter known: what was listed the last time; a list that is still the same is answered as unchanged. Whose list it is, and
    ///   whose token asked, is known anew afterwards.
    func listing(
        _ known: inout ListedRepositories,
        pageSize: Int = 100,
        unit: String,
        _ run: SyncRun
    ) async throws -> (answer: SourceClient.Answer, tags: EntityTags) {
        let size = String(pageSize)
        let owner = self.definition.organization ?? ""
        let organization = run.client.url("/orgs/\(owner)/repos", ["per_page": size])
        // What the name was the last time it most likely is; of another name nothing is known. A user's list shows less of an
        // organization than its own, and does not say so.
        let wasUser = known.owner.map { $0.isUser && $0.isNamed(owner) } ?? false
        if !wasUser {
            do {
                let got = try await self.ask(organization, known.pages, unit: unit, run)
                known.owner = ListedOwner(owner, isUser: false)
                return got
            } catch let error as ConnectorError where error.kind == .notFound {}
        }
        do {
            let list = try await self.userList(size: size, viewer: &known.viewer, unit: unit, run)
            let got = try await self.ask(list, known.pages, unit: unit, run)
            known.owner = ListedOwner(owner, isUser: true)
            return got
        } catch let error as ConnectorError where error.kind == .notFound && wasUser {
            let got = try await self.ask(organization, known.pages, unit: unit, run)
            known.owner = ListedOwner(owner, isUser: false)
            return got
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

    /// The owners of what an app's installation lists beside the repositories of the one that is asked for.
    func otherOwners(in answer: SourceClient.Answer) -> Set<String> {
        let names = (answer.json["repositories"].array ?? []).compactMap { $0["full_name"].text }
        return Set(names.filter { !self.definition.covers($0) }.map { String($0.prefix { $0 != "/" }) })
    }

    /// What to say where an installation lists repositories and none is of the organization that is asked for: an app has one
    /// installation for each account, so the two do not belong together, and an empty list would hide it.
    func isInstalledElsewhere(_ owners: Set<String>, unit: String) -> ConnectorError {
        ConnectorError(
            .notFound,
            unit: unit,
            message: "the app is installed at \(owners.sorted().joined(separator: ", ")), not at "
                + "\(self.definition.organization ?? ""): check organization and installation_id"
        )
    }

    func ask(
        _ url: SourceURL,
        _ known: [ListedPage],
        unit: String,
        _ run: SyncRun
    ) async throws -> (answer: SourceClient.Answer, tags: EntityTags) {
        // A page of which nothing was taken is read again: what else it lists is not remembered.
        let tags = known.first { $0.tags.target == url.target && !$0.ids.isEmpty }?.tags
        return try await run.client.get(url, unlessUnchanged: tags, unit: unit)
    }
}
