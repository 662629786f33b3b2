public import Foundation
import PulseModel
public import Store

/// Extraction repeated from what was kept, without one request: after a decoder was mended, or rows were lost.
///
/// Each record is as old as it was when it was fetched, so the rules of writing hold: what has changed since stays, and what was deleted
/// since stays deleted.
public struct Replay: Sendable {
    public struct Report: Sendable, Equatable {
        public var records = 0
        public var pages = 0
        public var result = IngestionResult()
        /// Records of kinds that nobody reads, by kind.
        public var unread: [String: Int] = [:]
    }

    private let store: Store
    private let tenant: UUID
    private let integration: UUID
    private let definition: IntegrationDefinition

    /// - Parameter definition: of the integration whose records they are.
    public init(_ definition: IntegrationDefinition, store: Store, tenant: UUID, integration: UUID) {
        self.definition = definition
        self.store = store
        self.tenant = tenant
        self.integration = integration
    }

    /// - Parameter progress: is told the number of records so far.
    public func run(progress: @Sendable (Int) -> Void = { _ in }) async throws -> Report {
        switch self.definition {
        case .github:
            return try await self.run(GitHubReplay(), progress)
        case .jira(let definition):
            return try await self.run(JiraReplay(definition), progress)
        }
    }

    private func run(_ reader: some RecordReplay, _ progress: @Sendable (Int) -> Void) async throws -> Report {
        var reader = reader
        var report = Report()
        // One moment for all passes: what is fetched meanwhile is the synchronization's.
        let until = Date()
        for kinds in reader.passes {
            var position: ReplayPosition?
            // The last of a portion may have been fetched together with the first of the next.
            var held: [KeptRecord] = []
            repeat {
                let portion = try await self.store.keptRecords(
                    tenant: self.tenant,
                    integration: self.integration,
                    kinds: kinds,
                    until: until,
                    after: position
                )
                var groups = Self.byTime(held + portion.records)
                held = portion.next == nil ? [] : groups.popLast() ?? []
                for records in groups {
                    var page = IngestionPage(fetchedAt: records[0].fetchedAt)
                    for record in records {
                        guard let json = try? JSONParser.parse(record.body) else { continue }
                        if !reader.take(record, json, into: &page) { report.unread[record.kind, default: 0] += 1 }
                    }
                    reader.end(&page)
                    // They are kept already.
                    page.raw = []
                    report.records += records.count
                    progress(report.records)
                    guard !page.isEmpty else { continue }
                    report.result += try await self.store.write(page, tenant: self.tenant, integration: self.integration)
                    report.pages += 1
                }
                position = portion.next
            } while position != nil
        }
        return report
    }

    /// Records that were fetched together.
    private static func byTime(_ records: [KeptRecord]) -> [[KeptRecord]] {
        var groups: [[KeptRecord]] = []
        for record in records {
            if groups.last?.last?.fetchedAt == record.fetchedAt {
                groups[groups.count - 1].append(record)
            } else {
                groups.append([record])
            }
        }
        return groups
    }
}

/// How the kept records of one source become rows again.
protocol RecordReplay {
    /// Kinds by pass, parents first.
    var passes: [[String]] { get }

    /// - Returns: false where the kind is none that it reads.
    mutating func take(_ kept: KeptRecord, _ record: JSONValue, into page: inout IngestionPage) -> Bool

    /// Adds what follows from the page's records together.
    mutating func end(_ page: inout IngestionPage)
}

extension RecordReplay {
    mutating func end(_ page: inout IngestionPage) {}
}
