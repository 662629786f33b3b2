import ArgumentParser
import Foundation
import PulseModel
import Search
import Store

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Ask a question across a tenant's Jira and GitHub."
    )

    @Argument(help: "The question, or a key such as PAY-142 or acme/api#57.")
    var query: String

    @OptionGroup var tenant: TenantOption

    @Option(name: [.long, .customShort("n")], help: "Hits at most.")
    var limit = 10

    @Option(help: "hybrid, semantic or lexical.")
    var mode = "hybrid"

    @Option(help: "Only jira or github.")
    var source: String?

    @Option(help: "Only this table, such as work_items; may be repeated.")
    var table: [String] = []

    @Option(help: "Only this Jira project; may be repeated.")
    var project: [String] = []

    @Option(help: "Only this repository; may be repeated.")
    var repository: [String] = []

    @Option(help: "Only what this person wrote, by the name that the source shows; may be repeated.")
    var author: [String] = []

    @Option(help: "Only what has this status; may be repeated.")
    var status: [String] = []

    @Option(help: "Only what was changed on this day or later: 2026-03-01, or 2026-03-01T12:00:00Z.")
    var from: String?

    @Option(help: "Only what was changed before this day.")
    var to: String?

    @Option(help: "entity: each issue or pull request once; none: each passage.")
    var group = "entity"

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let request = SearchRequest(
            query: self.query,
            limit: self.limit,
            mode: try OptionText.choice("--mode", self.mode),
            filter: SearchRequest.Filter(
                sources: try self.source.map { [try OptionText.choice("--source", $0)] } ?? [],
                tables: try self.table.map { try OptionText.choice("--table", $0) },
                projects: self.project,
                repositories: self.repository,
                authors: self.author,
                statuses: self.status,
                updatedFrom: try OptionText.day("--from", self.from),
                updatedTo: try OptionText.day("--to", self.to)
            ),
            grouping: try OptionText.choice("--group", self.group)
        )
        if let fault = request.fault { throw ValidationError(fault) }
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            let service = SearchService(
                store: context.store,
                qdrant: context.qdrant,
                providers: context.allProviders,
                recorder: context.journal,
                logger: context.logger
            )
            let answer: SearchAnswer
            do {
                answer = try await service.search(request, tenant: tenant.id)
            } catch {
                await context.journalWriter.flush()
                throw error
            }
            if self.json { try Terminal.printJSON(Output(answer)) } else { Self.print(answer) }
            await context.journalWriter.flush()
        }
    }

    private static func print(_ answer: SearchAnswer) {
        if let degraded = answer.degraded { Terminal.note("answered \(degraded)") }
        if answer.hits.isEmpty {
            Swift.print("Nothing found.")
            return
        }
        for (index, hit) in answer.hits.enumerated() {
            let source = hit.table.source == .jira ? Terminal.styled("Jira  ", .blue) : Terminal.styled("GitHub", .yellow)
            Swift.print(
                "\(String(format: "%2d", index + 1))  \(String(format: "%.3f", hit.score))  \(source)  "
                    + Terminal.styled(Terminal.plain(hit.title), .bold)
            )
            Swift.print("    \(Terminal.plain(hit.snippet))")
            var facts = [hit.table.rawValue, "why: \(Self.why(hit.reason))"]
            if !hit.linked.isEmpty { facts.append("linked: \(hit.linked.map(\.externalID).joined(separator: ", "))") }
            if let url = hit.url { facts.append(url) }
            Swift.print(Terminal.styled("    \(Terminal.plain(facts.joined(separator: "  ·  ")))", .dim))
        }
    }

    private static func why(_ reason: SearchHit.Reason) -> String {
        var parts: [String] = []
        if reason.key { parts.append("named in the query") }
        if let dense = reason.dense { parts.append("meaning \(String(format: "%.2f", dense))") }
        if let lexical = reason.lexical { parts.append("words \(String(format: "%.1f", lexical))") }
        return parts.joined(separator: ", ")
    }

    private struct Output: Encodable {
        struct Hit: Encodable {
            struct Why: Encodable {
                var key: Bool
                var dense: Double?
                var lexical: Double?
            }

            struct Linked: Encodable {
                var table: String
                var externalId: String
                var title: String
                var url: String?
            }

            var table: String
            var externalId: String
            var title: String
            var snippet: String
            var url: String?
            var score: Double
            var why: Why
            var linked: [Linked]
        }

        var hits: [Hit]
        var degraded: String?
        var tookMs: Double

        init(_ answer: SearchAnswer) {
            self.hits = answer.hits.map { hit in
                Hit(
                    table: hit.table.rawValue,
                    externalId: hit.externalID,
                    title: hit.title,
                    snippet: hit.snippet,
                    url: hit.url,
                    score: hit.score,
                    why: Hit.Why(key: hit.reason.key, dense: hit.reason.dense, lexical: hit.reason.lexical),
                    linked: hit.linked.map { linked in
                        Hit.Linked(
                            table: linked.table.rawValue,
                            externalId: linked.externalID,
                            title: linked.title,
                            url: linked.url
                        )
                    }
                )
            }
            self.degraded = answer.degraded
            self.tookMs = answer.milliseconds
        }
    }
}
