import Foundation
import PulseModel
import Store

extension GitHubConnector {
    /// The repositories to read, stored: the named ones, or all of the organization or user.
    func repositories(_ run: SyncRun) async throws -> [Repository] {
        var found: [Repository] = []
        var seen: Set<String> = []
        func take(_ records: [JSONValue], fetchedAt: Date) async throws {
            var page = IngestionPage(fetchedAt: fetchedAt)
            for (index, record) in records.enumerated() {
                let repository = page.taking("github_repository", record["full_name"].text ?? "item \(index + 1)") {
                    () throws(RecordProblem) in try GitHubRecords.repository(record)
                }
                guard let repository, seen.insert(repository.id).inserted else { continue }
                page.repositories.append(repository)
                page.keep("github_repository", repository.id, record)
                found.append(repository)
            }
            if !page.isEmpty { try await run.write(page) }
        }
        if !self.definition.repositories.isEmpty {
            for name in self.definition.repositories {
                let unit = "repository:\(name)"
                _ = try await run.unit(unit) {
                    let fetchedAt = run.clock.now()
                    let answer = try await run.client.get(run.client.url("/repos/\(name)"), unit: unit)
                    try await take([answer.json], fetchedAt: fetchedAt)
                }
            }
            return found
        }
        let unit = "repositories"
        _ = try await run.unit(unit) {
            var fetchedAt = run.clock.now()
            var answer = try await self.listing(run, unit: unit, pageSize: 100)
            var asked: Set<String> = []
            while true {
                try await take(try answer.items(unit: unit), fetchedAt: fetchedAt)
                guard let next = try run.client.next(after: answer, unit: unit) else { break }
                guard asked.insert(next.target).inserted else { throw ConnectorError.circle(unit) }
                fetchedAt = run.clock.now()
                answer = try await run.client.get(next, unit: unit)
            }
        }
        return found
    }

    /// The first page of the organization's repositories; of the user's, where no organization has that name.
    func listing(_ run: SyncRun, unit: String, pageSize: Int) async throws -> SourceClient.Answer {
        let owner = self.definition.organization ?? ""
        let size = String(pageSize)
        do {
            return try await run.client.get(run.client.url("/orgs/\(owner)/repos", ["per_page": size]), unit: unit)
        } catch let error as ConnectorError where error.kind == .notFound {
            return try await run.client.get(run.client.url("/users/\(owner)/repos", ["per_page": size]), unit: unit)
        }
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
