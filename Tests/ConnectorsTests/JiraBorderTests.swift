import Foundation
import HTTPTransport
import Store
import TestSupport
import Testing

@testable import Connectors

/// Where others lose rows: at the borders of minutes, days and time zones, and while the list is being read.
@Suite("Nothing is lost at borders of time")
struct JiraBorderTests {
    /// Midnights of several zones, and the hours in which clocks change.
    private static let borders: [Date] = [
        "2025-06-01T00:00:00Z", "2025-05-31T18:30:00Z", "2025-06-01T10:00:00Z", "2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z",
        "2025-12-31T23:59:00Z", "2025-11-02T06:00:00Z",
    ].compactMap(SourceDate.parse)

    /// Around a border, in milliseconds; 300,000 is the overlap.
    private static let offsets = [
        -300_001, -300_000, -60_000, -59_999, -1_000, -1, 0, 1, 999, 1_000, 59_999, 60_000, 299_999, 300_000,
    ]

    @Test("Whatever changes when, before and while lists are read, is in the tables after the next quiet run", arguments: 0..<80)
    func borders(seed: Int) async throws {
        let fake = FakeJira(pay: 18, ops: 7)
        let store = RecordingIngestionStore()
        await fake.edit { fake in
            var dice = SeededRandom(seed: UInt64(seed))
            let border = Self.borders[Int.random(in: 0..<Self.borders.count, using: &dice)]
            for index in fake.issues.indices {
                let offset = Self.offsets[Int.random(in: 0..<Self.offsets.count, using: &dice)]
                fake.issues[index].updated = border + Double(offset) / 1_000
            }
            fake.pageSize = 1 + Int.random(in: 0..<5, using: &dice)
        }
        let projects = seed % 3 == 0 ? [] : ["PAY", "OPS"]
        for round in 0..<4 {
            await fake.edit { fake in
                let most = 40 * (round + 1)
                fake.override = { fake, asked in
                    guard asked.path.hasSuffix("search/jql"), fake.recorder.all.count < most * 2 else { return nil }
                    var dice = SeededRandom(seed: UInt64(seed * 10_000 + fake.recorder.all.count))
                    // Time goes on by nothing, a millisecond, or to the next minute's edge; never back.
                    if Int.random(in: 0..<3, using: &dice) == 0 {
                        let newest = fake.issues.map(\.updated).max() ?? FakeJira.epoch
                        let step = [0, 1, 1_000, 59_999, 60_000, 86_400_000][Int.random(in: 0..<6, using: &dice)]
                        let index = Int.random(in: 0..<fake.issues.count, using: &dice)
                        fake.issues[index].updated = newest + Double(step) / 1_000
                        fake.issues[index].summary += "!"
                    }
                    return nil
                }
            }
            let report = try await syncJira(fake.transport, store, projects: projects)
            #expect(report.isSuccess, "\(report.failures)")
        }
        await fake.edit { $0.override = nil }
        _ = try await syncJira(fake.transport, store, projects: projects)
        for issue in await fake.issues {
            let row = await store.row("work_items", issue.id)
            #expect(row?.contains("\"\(issue.summary)\"") == true, "\(issue.key) of \(issue.updated.timeIntervalSince1970)")
        }
        #expect(await store.count("work_items") == 25)
    }

    @Test("The watermark is the data's: never the clock's, never less than before")
    func watermark() async throws {
        let fake = FakeJira(pay: 4)
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, time: FakeTime(.distantFuture), projects: ["PAY"])
        let newest = await fake.issues.map(\.updated).max()
        #expect(await store.checkpoints["issues:PAY"]?.watermark == newest)
        _ = try await syncJira(fake.transport, store, time: FakeTime(Date(timeIntervalSince1970: 0)), projects: ["PAY"])
        #expect(await store.checkpoints["issues:PAY"]?.watermark == newest)
    }
}
