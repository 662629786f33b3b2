import Foundation
import PulseModel
import Testing

@testable import Vectorization

@Suite("Passes that meet the same texts")
struct TextsUnderwayTests {
    private let tenant = UUID()
    private let a = ContentHash(of: "a")
    private let b = ContentHash(of: "b")
    private let c = ContentHash(of: "c")

    @Test("Each text is taken by one pass, and the other gets its vector")
    func shared() async {
        let underway = TextsUnderway()
        let first = underway.take([self.a, self.b], tenant: self.tenant, space: "s")
        let second = underway.take([self.b, self.c], tenant: self.tenant, space: "s")
        #expect(first.own == [self.a, self.b] && second.own == [self.c])
        let task = Task { await underway.others(second) }
        underway.handOver(second, vectors: [self.c: [3]])
        underway.handOver(first, vectors: [self.a: [1], self.b: [2]])
        let found = await task.value
        #expect(found == [self.b: [2]] || found == [:])
        #expect(await underway.others(first).isEmpty)
    }

    @Test("Who waits gets what is handed over, and nothing where the other pass failed")
    func handedOver() async throws {
        let underway = TextsUnderway()
        for vectors in [[ContentHash(of: "a"): [Float(1)]], [:]] {
            let first = underway.take([self.a], tenant: self.tenant, space: "s")
            let second = underway.take([self.a], tenant: self.tenant, space: "s")
            let task = Task { await underway.others(second) }
            try await Task.sleep(for: .milliseconds(20))
            underway.handOver(first, vectors: vectors)
            #expect(await task.value == vectors)
            underway.handOver(second, vectors: [:])
            let again = underway.take([self.a], tenant: self.tenant, space: "s")
            #expect(again.own == [self.a], "it can be taken again")
            underway.handOver(again, vectors: [:])
        }
    }

    @Test("Two passes that have each other's texts do not wait for each other for ever")
    func crossed() async {
        let underway = TextsUnderway()
        let first = underway.take([self.a], tenant: self.tenant, space: "s")
        let second = underway.take([self.b, self.a], tenant: self.tenant, space: "s")
        let third = underway.take([self.b], tenant: self.tenant, space: "s")
        underway.handOver(first, vectors: [self.a: [1]])
        underway.handOver(second, vectors: [self.b: [2]])
        underway.handOver(third, vectors: [:])
        _ = await (underway.others(second), underway.others(third))
    }

    @Test("Tenants and spaces share nothing, and who is cancelled waits no longer")
    func apart() async throws {
        let underway = TextsUnderway()
        let first = underway.take([self.a], tenant: self.tenant, space: "s")
        #expect(underway.take([self.a], tenant: UUID(), space: "s").own == [self.a])
        #expect(underway.take([self.a], tenant: self.tenant, space: "t").own == [self.a])
        let waiting = underway.take([self.a], tenant: self.tenant, space: "s")
        let task = Task { await underway.others(waiting) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        #expect(await task.value.isEmpty)
        underway.handOver(first, vectors: [:])
    }
}
