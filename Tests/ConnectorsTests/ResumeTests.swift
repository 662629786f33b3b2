import Foundation
import Store
import Testing

@testable import Connectors

/// What was committed stands, what was not is read again, and doing it again changes nothing.
@Suite("Resuming after a crash")
struct ResumeTests {
    @Test("GitHub: broken off at any page, before or after its commit, the rows end the same", arguments: 1...24, [true, false])
    func github(page: Int, isCommitted: Bool) async throws {
        let fake = FakeGitHub(pulls: 20, comments: 14)
        let whole = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, whole)
        #expect(report.isSuccess)
        #expect(await whole.writes >= 15)

        let store = RecordingIngestionStore(breaking: isCommitted ? .after(page) : .before(page))
        let broken = try await syncGitHub(fake.transport, store)
        if await whole.writes >= page {
            guard case .storeFailed = broken.ending else {
                Issue.record("the sync went on although the database did not take page \(page)")
                return
            }
        }
        await store.mend()
        fake.recorder.forget()
        _ = try await syncGitHub(fake.transport, store)
        #expect(await store.content == whole.content)
        #expect(await store.checkpoints.values.allSatisfy { $0.cursor == nil })
    }

    @Test("Jira: broken off at any page, before or after its commit, the rows end the same", arguments: 1...19, [true, false])
    func jira(page: Int, isCommitted: Bool) async throws {
        let fake = FakeJira(pay: 14, ops: 8)
        let whole = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, whole)
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await whole.writes >= 10)

        let store = RecordingIngestionStore(breaking: isCommitted ? .after(page) : .before(page))
        _ = try await syncJira(fake.transport, store)
        await store.mend()
        _ = try await syncJira(fake.transport, store)
        #expect(await store.content == whole.content)
    }

    @Test("An interrupted pass goes on where it stopped, instead of beginning anew")
    func goesOn() async throws {
        let fake = FakeGitHub(pulls: 30)
        let store = RecordingIngestionStore(breaking: .before(9))
        _ = try await syncGitHub(fake.transport, store)
        await store.mend()
        fake.recorder.forget()
        _ = try await syncGitHub(fake.transport, store)
        let details = fake.recorder.urls.filter { $0.hasSuffix("/commits?per_page=100") }
        // The repository took one write; seven pages of three were committed.
        #expect(details.count == 30 - 7 * 3)
        #expect(await store.count("prs") == 30)
    }

    @Test("The watermark moves only when a pass is through")
    func watermark() async throws {
        let fake = FakeGitHub(pulls: 12)
        let store = RecordingIngestionStore(breaking: .after(3))
        _ = try await syncGitHub(fake.transport, store)
        let middle = await store.checkpoints["pulls:acme/api@42"]
        #expect(middle?.watermark == nil)
        #expect(middle?.cursor != nil)
        await store.mend()
        _ = try await syncGitHub(fake.transport, store)
        let end = await store.checkpoints["pulls:acme/api@42"]
        #expect(end?.cursor == nil)
        #expect(end?.watermark == FakeGitHub.epoch + 12 * 3_600)
    }

    @Test("Cancelling ends the sync without a failure on record, and the next goes on")
    func cancelling() async throws {
        let fake = FakeGitHub(pulls: 20)
        let store = RecordingIngestionStore()
        let task = Task {
            try await syncGitHub(fake.transport, store) { event in
                if case .page(let unit, _, let rows, _) = event, unit.hasPrefix("pulls:"), rows > 10 {
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
        }
        let report = try await task.value
        #expect(report.ending == .cancelled)
        #expect(await store.failures.isEmpty)
        _ = try await syncGitHub(fake.transport, store)
        #expect(await store.count("prs") == 20)
    }
}
