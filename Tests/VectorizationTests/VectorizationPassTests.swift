import Foundation
import PulseModel
import Testing

@testable import Vectorization

@Suite("What a pass deletes")
struct VectorizationPassTests {
    private let entity = UUID()

    private func pass(isFresh: Bool) -> VectorizationPass {
        let row = ClaimedRow(
            id: 1,
            tenant: UUID(),
            integration: UUID(),
            table: .workItems,
            externalID: "PAY-1",
            entity: self.entity,
            generation: 1,
            fence: 2,
            attempts: 0,
            crashes: 0,
            settled: true,
            isFresh: isFresh
        )
        return VectorizationPass(rows: [row], leaseEnds: 10)
    }

    @Test(
        "Older points are looked for unless the row is fresh and the ledger knows of none",
        arguments: [(true, true), (true, false), (false, true), (false, false)]
    )
    func older(isFresh: Bool, isUnwritten: Bool) {
        var pass = self.pass(isFresh: isFresh)
        pass.read(present: [self.entity])
        pass.embedded(failures: [:], unwritten: isUnwritten ? [self.entity] : [])
        #expect(pass.next(now: 1) == .upsert([self.entity]))
        pass.upserted([self.entity: .applied])
        if !(isFresh && isUnwritten) {
            #expect(pass.next(now: 2) == .sweep(present: [self.entity], absent: []))
            pass.swept([self.entity: .applied])
        }
        #expect(pass.next(now: 3) == .finish)
        #expect(pass.verdicts.map(\.verdict) == [.applied])
    }

    @Test("What is gone is deleted, however fresh the row is")
    func gone() {
        var pass = self.pass(isFresh: true)
        pass.read(present: [])
        pass.embedded(failures: [:], unwritten: [self.entity])
        #expect(pass.next(now: 1) == .sweep(present: [], absent: [self.entity]))
        #expect(pass.verdicts.map(\.verdict) == [.released])
    }

    @Test("A fresh row whose points were refused is not done")
    func refused() {
        let failure = RowFailure(.rateLimited, "429")
        for outcome in [VectorizationPass.WriteOutcome.failed(failure), .unknown(reason: "reset")] {
            var pass = self.pass(isFresh: true)
            pass.read(present: [self.entity])
            pass.embedded(failures: [:], unwritten: [self.entity])
            pass.upserted([self.entity: outcome])
            #expect(pass.next(now: 1) == .finish)
            #expect(pass.verdicts.map(\.verdict) != [.applied])
        }
    }
}
