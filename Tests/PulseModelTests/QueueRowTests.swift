import Testing

@testable import PulseModel

@Suite("A queue row as a value: it is complete only when nothing can undo it, and limits cost no attempt")
struct QueueRowTests {
    private let times = QueueTimes(lease: 60, writeDeadline: 30, attempts: 3, failAfterCrashes: 5)

    private func claimed(_ row: inout QueueRow, owner: Int = 1, at now: Double) -> Bool? {
        row.claim(owner: owner, fence: 100, now: now, policy: self.times)
    }

    private func finish(
        _ row: inout QueueRow,
        _ verdict: Verdict,
        settled: Bool = true,
        generation: Int64 = 1,
        delay: Double = 0,
        at now: Double
    ) -> QueueRow.Completion {
        row.finish(
            owner: 1,
            generation: generation,
            settled: settled,
            verdict: verdict,
            delay: delay,
            now: now,
            policy: self.times
        )
    }

    @Test("After a crash the first success only settles the row, and the second one completes it")
    func settling() {
        var row = QueueRow(generation: 1, now: 0)
        #expect(self.claimed(&row, at: 0) == true)
        row.expire(now: 61, policy: self.times)
        #expect(row.status == .pending && row.crashes == 1)
        #expect(self.claimed(&row, at: 61) == false)
        #expect(self.finish(&row, .applied, settled: false, at: 62) == .kept)
        #expect(self.claimed(&row, at: 62) == nil)
        #expect(self.claimed(&row, at: 91) == true)
        #expect(self.finish(&row, .applied, at: 92) == .done)
    }

    @Test("A change during the pass leaves the row waiting, whatever the pass came to")
    func changed() {
        for verdict in [
            Verdict.applied, .released, .unknown(reason: ""), .failed(RowFailure(.content, "")),
            .failed(RowFailure(.transient, "")),
        ] {
            var row = QueueRow(generation: 1, now: 0)
            #expect(self.claimed(&row, at: 0) == true)
            row.enqueue(generation: 2, now: 1)
            #expect(row.status == .processing)
            #expect(self.finish(&row, verdict, delay: 99, at: 2) == .kept)
            #expect(row.status == .pending && row.availableAt == 2)
        }
    }

    @Test("What is nobody's fault is waited out for ever, a row's own failure three times, a permanent one not at all")
    func failures() {
        for kind in [FailureKind.rateLimited, .unavailable, .configuration] {
            var waiting = QueueRow(generation: 1, now: 0)
            for round in 0..<50 {
                let now = Double(round) * 10
                #expect(self.claimed(&waiting, at: now) == true)
                #expect(self.finish(&waiting, .failed(RowFailure(kind, "")), delay: 10, at: now) == .kept)
                #expect(waiting.status == .pending && waiting.attempts == 0 && waiting.failure == kind)
            }
        }
        var transient = QueueRow(generation: 1, now: 0)
        for round in 1...3 {
            #expect(self.claimed(&transient, at: 0) == true)
            #expect(self.finish(&transient, .failed(RowFailure(.transient, "")), at: 0) == .kept)
            #expect(transient.status == (round < 3 ? .pending : .failed))
        }
        #expect(transient.failure == .transient)
        for kind in [FailureKind.content, .crash] {
            var row = QueueRow(generation: 1, now: 0)
            #expect(self.claimed(&row, at: 0) == true)
            _ = self.finish(&row, .failed(RowFailure(kind, "")), at: 0)
            #expect(row.status == .failed && row.failure == kind)
            row.enqueue(generation: 2, now: 5)
            #expect(row.status == .pending && row.failure == nil && row.crashes == 0)
        }
    }

    @Test("A fifth crash gives the row up, and another's completion is refused")
    func crashes() {
        var row = QueueRow(generation: 1, now: 0)
        for crash in 1...5 {
            let now = Double(crash) * 100
            #expect(self.claimed(&row, owner: crash, at: now) != nil)
            row.expire(now: now + 60, policy: self.times)
            #expect(row.status == .processing)
            row.expire(now: now + 61, policy: self.times)
            #expect(row.crashes == crash)
        }
        #expect(row.status == .failed && row.failure == .crash)
        #expect(self.finish(&row, .applied, at: 900) == .refused)
        row.enqueueAgain(generation: 9, now: 900, policy: self.times)
        #expect(row.settleAfter == 930)
    }
}
