import Foundation
import PulseModel
import Store

/// One page of the ids that a source lists.
struct SweepPage: Sendable {
    var ids: [String]
    /// Where the list goes on; nil on its last page.
    var next: String?
}

extension SyncRun {
    /// So many of what is back are read and written at once.
    private static let readAtOnce = 100

    /// Finds what the source no longer lists and, after two complete sweeps and a direct question, deletes it.
    ///
    /// The list of ids is read page by page; each page is remembered with the place that follows, so an interrupted sweep goes on; where
    /// the source refuses the place as no longer good, once from the beginning.
    /// Nothing that was fetched after the sweep began is judged by it. Where more than a twentieth of the unit is missing, nothing
    /// is deleted: a permission that was taken away looks just like that. A few entries of a list that nothing hangs on may be more.
    ///
    /// What is listed although it was deleted is back, as an issue is after a permission was lost for some days; an issue that is listed
    /// and has no row may have come into sight by a new permission. It is read by its id, for its last update may lie before all that is
    /// read otherwise.
    ///
    /// - Parameters:
    ///   - interval: seconds between the end of a sweep and the next.
    ///   - isForced: sweeps now, whenever the last one was.
    ///   - page: reads one page of ids.
    ///   - isGone: asks for one of them directly.
    ///   - readBack: reads and writes some that are back, ``readAtOnce`` at most.
    func sweep(
        _ unit: SweepUnit,
        every interval: TimeInterval,
        isForced: Bool,
        page: (_ cursor: String?) async throws -> SweepPage,
        isGone: (SweepFinding.Row) async throws -> Bool,
        readBack: ([SweepFinding.Row]) async throws -> Void = { _ in }
    ) async throws {
        guard let sweeps = self.sweeps else { return }
        let state = try await self.storing {
            try await sweeps.sweepState(unit, tenant: self.tenant, integration: self.integration, noted: self.clock.now())
        }
        func begin() async throws {
            try await self.storing {
                try await sweeps.beginSweep(unit, tenant: self.tenant, integration: self.integration, at: self.clock.now())
            }
        }
        var cursor = state.cursor
        if state.startedAt == nil {
            let due = (state.finishedAt ?? .distantPast).addingTimeInterval(interval)
            guard isForced || due <= self.clock.now() else {
                // Until somebody has looked, each sync says so: one that goes by in silence would clear the failure.
                if let stop = state.stop { throw ConnectorError.stopped(unit, missing: stop.missing, of: stop.known) }
                return
            }
            cursor = nil
            try await begin()
        }
        var asked: Set<String> = []
        var hasRestarted = false
        repeat {
            if let cursor, !asked.insert(cursor).inserted { throw ConnectorError.circle("sweep \(unit.name)") }
            let found: SweepPage
            do {
                found = try await page(cursor)
            } catch let error as ConnectorError where error.status == 400 && cursor != nil && !hasRestarted {
                // Jira's tokens live seven days and are good for one question only, which the named projects are part of.
                (hasRestarted, cursor, asked) = (true, nil, [])
                try await begin()
                self.note("the place in the list of ids had expired; the sweep began again")
                found = try await page(nil)
            }
            try await self.storing {
                try await sweeps.recordSweepPage(
                    found.ids,
                    of: unit,
                    tenant: self.tenant,
                    integration: self.integration,
                    next: found.next
                )
            }
            cursor = found.next
        } while cursor != nil
        let finding = try await self.storing {
            try await sweeps.finishSweep(unit, tenant: self.tenant, integration: self.integration, at: self.clock.now())
        }
        try await self.settle(finding.suspects, of: unit, isGone: isGone, sweeps)
        for start in stride(from: 0, to: finding.returned.count, by: Self.readAtOnce) {
            try await readBack(Array(finding.returned[start..<min(start + Self.readAtOnce, finding.returned.count)]))
        }
        if finding.isStopped { throw ConnectorError.stopped(unit, missing: finding.missing, of: finding.known) }
    }

    /// As ``sweep(_:every:isForced:page:isGone:)``, of a list that has been read whole already.
    ///
    /// Such lists leave out what is still there (archived, hidden, of no workflow), so only what is asked for directly and is gone counts
    /// as missing; where very many are not listed, none is asked for, and a person looks.
    func sweep(
        _ unit: SweepUnit,
        listed: Set<String>,
        every interval: TimeInterval,
        isForced: Bool,
        isGone: (String) async throws -> Bool
    ) async throws {
        guard let sweeps = self.sweeps else { return }
        let mostAskedFor = 100
        try await self.sweep(unit, every: interval, isForced: isForced) { _ in
            let absent = try await self.storing {
                try await sweeps.unlisted(
                    listed.sorted(),
                    of: unit,
                    tenant: self.tenant,
                    integration: self.integration,
                    limit: mostAskedFor + 1
                )
            }
            var present = listed.sorted()
            if absent.count <= mostAskedFor { for id in absent where try await !isGone(id) { present.append(id) } }
            return SweepPage(ids: present, next: nil)
        } isGone: { suspect in
            try await isGone(suspect.stableID)
        }
    }

    private func settle(
        _ suspects: [SweepFinding.Row],
        of unit: SweepUnit,
        isGone: (SweepFinding.Row) async throws -> Bool,
        _ sweeps: any SweepStore
    ) async throws {
        guard !suspects.isEmpty else { return }
        var present: [String] = []
        var page = IngestionPage(fetchedAt: self.clock.now())
        for suspect in suspects {
            if try await isGone(suspect) {
                switch unit.table {
                case .entities(let table): page.deletions.append(Deletion(table, suspect.stableID))
                case .boards: page.removedBoards.append(suspect.stableID)
                case .sprints: page.removedSprints.append(suspect.stableID)
                }
            } else {
                present.append(suspect.stableID)
            }
        }
        // Asked for until now: nothing older may bring them back.
        page.fetchedAt = self.clock.now()
        let gone = page.deletions.count + page.removedBoards.count + page.removedSprints.count
        if gone > 0 {
            self.note("\(gone) rows are gone at the source and were deleted")
            try await self.write(page)
        }
        let kept = present
        try await self.storing {
            try await sweeps.forgetSuspects(kept, of: unit, tenant: self.tenant, integration: self.integration)
        }
    }
}

extension ConnectorError {
    fileprivate static func stopped(_ unit: SweepUnit, missing: Int, of known: Int) -> ConnectorError {
        ConnectorError(
            .configuration,
            unit: "sweep \(unit.name)",
            message:
                "\(missing) of \(known) rows are no longer listed by the source, too many to delete them unseen: check the token's "
                + "access; if they are really gone, say so with `pulse sweep accept`"
        )
    }
}
