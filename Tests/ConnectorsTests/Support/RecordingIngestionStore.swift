import Foundation
import PulseModel
import Store

@testable import Connectors

/// An ``IngestionStore`` in memory: rows by table and stable id, with the rules that the connectors rely on — a page is taken whole
/// or not at all, an older row never replaces a newer one, complete sets drop what they do not hold.
actor RecordingIngestionStore: IngestionStore {
    struct Broken: Error {}

    /// At which write, counted from 1, the store breaks, and whether the page was committed before.
    enum Break: Sendable {
        case before(Int)
        case after(Int)
    }

    struct Failure: Equatable {
        var unit: String
        var kind: String
        var message: String
    }

    struct Content: Equatable {
        var rows: [String: [String: String]] = [:]
        var mentions: [String: [String: PullRequestMentions.Place]] = [:]
        var raw: [String: String] = [:]
        var watermarks: [String: Date?] = [:]
    }

    private(set) var content = Content()
    private(set) var checkpoints: [String: Checkpoint] = [:]
    private(set) var pages: [IngestionPage] = []
    private(set) var failures: [Failure] = []
    /// Failures that no later checkpoint has cleared: unit and kind.
    private(set) var standing: [String: String] = [:]
    private(set) var writes = 0
    private var updates: [String: Date] = [:]
    private var repositories: [String: Repository] = [:]
    private var plan: Break?

    init(breaking plan: Break? = nil) { self.plan = plan }

    func mend() { self.plan = nil }
    func forgetPages() { self.pages = [] }
    func forget(_ unit: String) { self.checkpoints[unit] = nil }

    var rejected: [RejectedRecord] { self.pages.flatMap(\.rejected) }

    func count(_ table: String) -> Int { self.content.rows[table]?.count ?? 0 }
    func row(_ table: String, _ id: String) -> String? { self.content.rows[table]?[id] }

    func checkpoint(tenant: UUID, integration: UUID, unit: String) -> Checkpoint? { self.checkpoints[unit] }

    func completeUnits(_ prefix: String, tenant: UUID, integration: UUID) -> Set<String> {
        Set(self.checkpoints.filter { $0.key.hasPrefix(prefix) && $0.value.cursor == nil && self.standing[$0.key] == nil }.keys)
    }

    func repositories(_ ids: [String], tenant: UUID, integration: UUID) -> [Repository] {
        ids.compactMap { self.repositories[$0] }
    }

    /// When a row was brought is not kept.
    func releases(of repositoryID: String, notSeenSince time: Date, tenant: UUID, integration: UUID) -> [String] { [] }

    func standingIssues(_ ids: [String], tenant: UUID, integration: UUID) -> Set<String> {
        Set(ids).intersection((self.content.rows["work_items"] ?? [:]).keys)
    }

    func keptRecord(_ kind: String, _ stableID: String, tenant: UUID, integration: UUID) -> String? {
        self.content.raw["\(kind)/\(stableID)"]
    }

    func recordFailure(tenant: UUID, integration: UUID, unit: String, kind: String, message: String) {
        self.failures.append(Failure(unit: unit, kind: kind, message: message))
        self.standing[unit] = kind
    }

    func write(_ page: IngestionPage, tenant: UUID, integration: UUID) throws -> IngestionResult {
        self.writes += 1
        if case .before(self.writes) = self.plan { throw Broken() }
        self.pages.append(page)
        var result = IngestionResult()
        result.rejected = page.rejected.count
        func put(_ table: String, _ id: String, _ row: some Any, updated: Date? = nil) {
            let text = String(describing: row)
            let key = "\(table)/\(id)"
            if let updated {
                if let stands = self.updates[key], updated < stands { return }
                self.updates[key] = updated
            }
            if self.content.rows[table]?[id] == text {
                result.unchanged += 1
            } else {
                self.content.rows[table, default: [:]][id] = text
                result.written += 1
            }
        }
        for row in page.projects { put("projects", row.stableID, row) }
        for row in page.workItemTypes { put("wits", row.stableID, row) }
        for row in page.statuses { put("statuses", row.stableID, row) }
        for row in page.workItems { put("work_items", row.stableID, row, updated: row.updatedAt) }
        for row in page.changelogs { put("changelogs", row.stableID, row) }
        for row in page.links { put("wits_prs_links", row.stableID, row) }
        for row in page.repositories {
            put("repositories", row.stableID, row)
            self.repositories[row.id] = row
        }
        for row in page.pullRequests { put("prs", row.stableID, row, updated: row.updatedAt) }
        for row in page.commits { put("prs_commits", row.stableID, row) }
        for row in page.reviews { put("prs_reviews", "\(row.repositoryID)#\(row.number)/\(row.stableID)", row) }
        for row in page.comments { put("prs_comments", row.stableID, row, updated: row.updatedAt) }
        for row in page.deployments { put("deployments", row.id, row) }
        for row in page.releases { put("releases", row.id, row) }
        for row in page.branchCommits { put("branch_commits", "\(row.repositoryID)@\(row.sha)", row) }
        for deletion in page.deletions { self.content.rows[deletion.table.rawValue]?[deletion.stableID] = nil }
        for row in page.sprints { put("sprints", row.id, row) }
        for row in page.users { put("users", row.id, row) }
        for set in page.completeSets {
            let parent = "\(set.repositoryID)#\(set.number)"
            let table = set.children == .commits ? "prs_commits" : "prs_reviews"
            let mark = set.children == .commits ? "@" : "/"
            let held: Set<String> =
                set.stableIDs.map { ids in Set(ids.map { set.children == .commits ? $0 : "\(parent)/\($0)" }) }
                ?? (set.children == .commits
                    ? Set(page.commits.map(\.stableID)) : Set(page.reviews.map { "\(parent)/\($0.stableID)" }))
            for id in (self.content.rows[table] ?? [:]).keys where id.hasPrefix(parent + mark) && !held.contains(id) {
                self.content.rows[table]?[id] = nil
                result.written += 1
            }
        }
        for mention in page.mentions {
            let pull = "\(mention.repositoryID)#\(mention.number)"
            let standing = mention.isPartial ? self.content.mentions[pull] ?? [:] : [:]
            self.content.mentions[pull] = standing.merging(mention.keys) { $1 }
        }
        for raw in page.raw { self.content.raw["\(raw.kind)/\(raw.stableID)"] = raw.body }
        if let checkpoint = page.checkpoint {
            var kept = checkpoint
            kept.validators = checkpoint.validators ?? self.checkpoints[checkpoint.unit]?.validators
            self.checkpoints[checkpoint.unit] = kept
            self.content.watermarks[checkpoint.unit] = checkpoint.watermark
            self.standing[checkpoint.unit] = nil
        }
        if case .after(self.writes) = self.plan { throw Broken() }
        return result
    }
}
