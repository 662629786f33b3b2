import Foundation
import PulseModel
import Store

extension GitHubConnector {
    /// What the list of repositories was when it was last read, page by page.
    struct ListedPage {
        var tags: EntityTags
        var ids: [String]
        /// Path and query of the page that follows.
        var next: String?

        init(tags: EntityTags, ids: [String], next: String?) {
            self.tags = tags
            self.ids = ids
            self.next = next
        }

        init?(_ json: JSONValue) {
            guard let tags = EntityTags(json["tags"]) else { return nil }
            self.init(tags: tags, ids: (json["ids"].array ?? []).compactMap(\.string), next: json["next"].text)
        }

        var json: JSONValue {
            JSONValue([
                "tags": self.tags.json, "ids": JSONValue(self.ids), "next": self.next.map(JSONValue.string) ?? .null,
            ])
        }

        /// - Parameter text: of ``ListedRepositories/text``.
        static func pages(_ text: String?) -> [ListedPage] { ListedRepositories(text).pages }
    }

    /// What is remembered of a list of repositories from one synchronization to the next.
    struct ListedRepositories {
        var pages: [ListedPage] = []
        /// Nil before the first list, and where an older version has remembered it.
        var owner: ListedOwner?
        var viewer: ListedViewer?

        init() {}

        init(_ text: String?) {
            guard let text, let json = try? JSONParser.parse(text) else { return }
            self.pages = (json["pages"].array ?? []).compactMap(ListedPage.init)
            self.owner = ListedOwner(json["owner"])
            self.viewer = ListedViewer(json["viewer"])
        }

        var text: String {
            JSONValue([
                "pages": .array(self.pages.map(\.json)), "owner": self.owner?.json ?? .null, "viewer": self.viewer?.json ?? .null,
            ]).serialized
        }
    }

    /// The units that read which repositories there are, one for each name or one for the organization or user.
    static func listUnits(_ definition: GitHubDefinition) -> [String] {
        definition.repositories.isEmpty ? ["repositories"] : definition.repositories.map { "repository:\($0)" }
    }

    /// The repositories to read, stored: the named ones, or all of the organization or user.
    func repositories(_ run: SyncRun) async throws -> [Repository] {
        var found: [Repository] = []
        var seen: Set<String> = []
        func add(_ repositories: [Repository]) { found += repositories.filter { seen.insert($0.id).inserted } }
        if self.definition.repositories.isEmpty {
            let unit = "repositories"
            add(try await run.unit(unit) { try await self.read(nil, unit: unit, run) } ?? [])
            return found
        }
        for name in self.definition.repositories {
            let unit = "repository:\(name)"
            add(try await run.unit(unit) { try await self.read(name, unit: unit, run) } ?? [])
        }
        return found
    }

    /// Reads a list of repositories, or one; what the source says is unchanged is taken from the database.
    ///
    /// - Parameter name: of one repository; nil reads all of the organization or user.
    private func read(_ name: String?, unit: String, _ run: SyncRun) async throws -> [Repository] {
        let stored = try await run.checkpoint(unit)
        var known = ListedRepositories(stored?.validators)
        var found: [Repository] = []
        var others: Set<String> = []
        var pages: [ListedPage] = []
        /// Whether a page is another than what is remembered of it.
        var hasChanged = false
        var asked: Set<String> = []
        var url: SourceURL? = nil
        func checkpoint() -> Checkpoint {
            var listed = known
            listed.pages = pages
            return Checkpoint(unit: unit, cursor: nil, watermark: stored?.watermark, validators: listed.text)
        }
        repeat {
            var page = IngestionPage(fetchedAt: run.clock.now())
            var got: (answer: SourceClient.Answer, tags: EntityTags)
            if let url {
                guard asked.insert(url.target).inserted else { throw ConnectorError.circle(unit) }
                got = try await self.ask(url, known.pages, unit: unit, run)
            } else if let name {
                got = try await self.ask(run.client.url("/repos/\(name)"), known.pages, unit: unit, run)
            } else {
                got = try await self.listing(&known, unit: unit, run)
            }
            var unchanged = known.pages.first { $0.tags.target == got.tags.target }
            if got.answer.isUnchanged, let listed = unchanged {
                let rows = try await run.repositories(listed.ids)
                if rows.count == listed.ids.count {
                    found += rows
                    pages.append(ListedPage(tags: got.tags, ids: listed.ids, next: listed.next))
                    url = listed.next.map { SourceURL(origin: run.client.base.origin, target: $0) }
                    // Or what has changed before would be asked for in vain from now on.
                    if url == nil, hasChanged {
                        page.checkpoint = checkpoint()
                        try await run.write(page)
                    }
                    continue
                }
                // The tag outlived the rows.
                unchanged = nil
                got = try await run.client.get(
                    SourceURL(origin: run.client.base.origin, target: got.tags.target),
                    unlessUnchanged: nil,
                    unit: unit
                )
            }
            let records = name == nil ? try self.repositories(in: got.answer, unit: unit) : [got.answer.json]
            for (index, record) in records.enumerated() {
                _ = page.takeRepository(record, identity: record["full_name"].text ?? "item \(index + 1)")
            }
            try page.refuseChangedShape(of: "github_repository", items: records.count, rejectedBefore: 0, unit: unit)
            found += page.repositories
            let next = try run.client.next(after: got.answer, unit: unit)
            others.formUnion(self.otherOwners(in: got.answer))
            if next == nil, found.isEmpty, !others.isEmpty { throw self.isInstalledElsewhere(others, unit: unit) }
            pages.append(ListedPage(tags: got.tags, ids: page.repositories.map(\.id), next: next?.target))
            hasChanged = true
            url = next
            if next == nil { page.checkpoint = checkpoint() }
            if !page.isEmpty || page.checkpoint != nil { try await run.write(page) }
        } while url != nil
        return found
    }
}

extension SourceClient.Answer {
    /// The records of a list.
    func items(unit: String) throws(ConnectorError) -> [JSONValue] {
        guard let items = self.json.array else {
            throw ConnectorError(
                .dataFormat,
                unit: unit,
                message: "\(self.url.path) answered no list: check that base_url is GitHub's API address"
            )
        }
        return items
    }
}

extension ConnectorError {
    /// A source whose pages never end.
    static func circle(_ unit: String) -> ConnectorError {
        ConnectorError(
            .dataFormat,
            unit: unit,
            message: "the next page is one that was read already: the source pages in circles"
        )
    }
}
