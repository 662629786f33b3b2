import Foundation
import PulseModel
import Store

extension JiraConnector {
    /// A handful of boards tells which field the site estimates in.
    private static let boardsAskedForEstimates = 10

    /// What the site's boards tell.
    struct Boards {
        /// Fields that boards estimate in; see ``JiraConnector/boards(_:_:unit:)``.
        var estimates: [String] = []
        /// Ids of all boards that the account sees; nil where their list could not be read.
        var listed: Set<String>?
        /// Ids of all sprints of the chosen boards; nil where those of one could not be read.
        var sprints: Set<String>? = []
    }

    /// Stores boards and their sprints: those of issues alone lack the sprints that hold none.
    ///
    /// - Returns: what they tell; fields that boards estimate in are asked for only where the field list names none: the schema of a
    ///   field that a site has made itself, and its name in the site's own language, say nothing.
    func boards(_ fields: JiraFields, _ run: SyncRun, unit: String) async throws -> Boards {
        var boards: [Board] = []
        var found = Boards(listed: [])
        do {
            try await self.pages("/rest/agile/1.0/board", [:], size: 50, unit: unit, run) { records, fetchedAt in
                var page = IngestionPage(fetchedAt: fetchedAt)
                for record in records {
                    if let id = record["id"].identifier { found.listed?.insert(id) }
                    guard let board = JiraRecords.board(record), self.isChosen(board) else { continue }
                    page.boards.append(board)
                    page.keep("jira_board", board.id, record)
                }
                boards += page.boards
                if !page.isEmpty { try await run.write(page) }
            }
        } catch let error as ConnectorError where error.kind == .notFound || error.kind == .permission {
            run.note("boards and sprints are not read: \(error.message)")
            return Boards(listed: nil, sprints: nil)
        }
        for board in boards where board.type != "kanban" {
            if let sprints = try await self.sprints(of: board, run, unit: unit) {
                found.sprints?.formUnion(sprints)
            } else {
                found.sprints = nil
            }
        }
        guard fields.storyPoints.isEmpty else { return found }
        found.estimates = try await self.estimates(of: boards, run, unit: unit)
        // Kept, so that issues which are read without the boards have the same points.
        var page = IngestionPage(fetchedAt: run.clock.now())
        page.keep("jira_estimates", "all", JSONValue(found.estimates))
        try await run.write(page)
        return found
    }

    /// The fields that boards estimate in as the last sync found them; the boards are asked where none has.
    func knownEstimates(_ fields: JiraFields, _ run: SyncRun, unit: String) async throws -> [String] {
        guard fields.storyPoints.isEmpty else { return [] }
        if let kept = try await run.kept("jira_estimates", "all") { return (kept.array ?? []).compactMap(\.text) }
        return try await self.boards(fields, run, unit: unit).estimates
    }

    private func isChosen(_ board: Board) -> Bool {
        // A board of a person or of several projects names none.
        guard !self.definition.projects.isEmpty, let key = board.projectKey else { return true }
        return self.definition.projects.contains(key)
    }

    /// - Returns: the ids of the board's sprints; nil where they are not for this account.
    private func sprints(of board: Board, _ run: SyncRun, unit: String) async throws -> Set<String>? {
        var ids: Set<String> = []
        let path = "/rest/agile/1.0/board/\(SourceURL.encode(board.id))/sprint"
        do {
            try await self.pages(path, [:], size: 50, unit: unit, run) { records, fetchedAt in
                var page = IngestionPage(fetchedAt: fetchedAt)
                for record in records {
                    // A sprint shows on every board that shows one of its issues.
                    guard let sprint = JiraRecords.sprint(record) else { continue }
                    ids.insert(sprint.id)
                    page.sprints.append(sprint)
                    page.keep("jira_sprint", sprint.id, record)
                }
                if !page.isEmpty { try await run.write(page) }
            }
        } catch let error as ConnectorError where error.status == 400 || error.kind == .notFound || error.kind == .permission {
            // Boards without sprints say 400.
            return error.status == 400 ? [] : nil
        }
        return ids
    }

    private func estimates(of boards: [Board], _ run: SyncRun, unit: String) async throws -> [String] {
        var fields: [String] = []
        for board in boards.filter({ $0.type != "kanban" }).prefix(Self.boardsAskedForEstimates) {
            let url = run.client.url("/rest/agile/1.0/board/\(SourceURL.encode(board.id))/configuration")
            do {
                let estimation = try await run.client.get(url, unit: unit).json["estimation"]
                guard estimation["type"].string == "field", let field = estimation["field"]["fieldId"].text,
                    field.hasPrefix("customfield_"), !fields.contains(field)
                else { continue }
                fields.append(field)
            } catch let error as ConnectorError where !error.isTransient && error.kind != .authentication {
                continue
            }
        }
        return fields
    }
}
