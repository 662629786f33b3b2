import AsyncHTTPClient
import Foundation
import HTTPTransport
import Synchronization
import Testing

@testable import AsyncHTTPTransport

/// Names are looked up by a test double: those that begin with `hangs` are not answered before the test lets them go.
@Suite("Names that are slow to look up", .timeLimit(.minutes(10)))
struct NameLookupTests {
    private final class Names: Sendable {
        let asked = Mutex<[String: Int]>([:])
        private let gate = DispatchSemaphore(value: 0)
        private let address = IPAddress("1.1.1.1")

        func addresses(of name: String) -> [IPAddress] {
            self.asked.withLock { $0[name, default: 0] += 1 }
            if name.hasPrefix("hangs") {
                self.gate.wait()
                self.gate.signal()
            }
            return [self.address].compactMap(\.self)
        }

        func letGo() { self.gate.signal() }

        func count(_ name: String) -> Int { self.asked.withLock { $0[name] ?? 0 } }
    }

    private func lookup(_ names: Names, threads: Int = 4, freshness: Duration = .seconds(3_600)) -> NameLookup {
        NameLookup(threads: threads, freshness: freshness, resolve: names.addresses(of:))
    }

    @Test("However many names hang, one that has answered before is answered")
    func hanging() async throws {
        let names = Names()
        defer { names.letGo() }
        let lookup = self.lookup(names, freshness: .zero)
        let first = try await lookup.addresses(of: "api.example.com")
        #expect(first.map(\.description) == ["1.1.1.1"])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    await #expect(throws: NameUnanswered.self) {
                        try await lookup.addresses(of: "hangs.example-\(number).com", within: .milliseconds(500))
                    }
                }
            }
            for await _ in group {}
        }
        let again = try await lookup.addresses(of: "API.example.com", within: .seconds(60))
        #expect(again.map(\.description) == ["1.1.1.1"])
        #expect(names.count("api.example.com") == 2)
        let hanging = names.asked.withLock { $0.keys.count { $0.hasPrefix("hangs") } }
        #expect(hanging == 2, "half of the threads")
    }

    @Test("All who ask for a name at once share one look-up, and those who come within seconds after its answer")
    func shared() async throws {
        let names = Names()
        let lookup = self.lookup(names)
        async let first = lookup.addresses(of: "hangs.example", within: .seconds(60))
        async let second = lookup.addresses(of: "hangs.example", within: .seconds(60))
        while names.count("hangs.example") == 0 { try await Task.sleep(for: .milliseconds(5)) }
        names.letGo()
        let answers = try await [first, second, lookup.addresses(of: "hangs.example")]
        #expect(answers.allSatisfy { $0.map(\.description) == ["1.1.1.1"] })
        #expect(names.count("hangs.example") == 1)
    }

    @Test("A request to a name that nobody answers for ends in its time, and nothing was sent")
    func request() async throws {
        let names = Names()
        defer { names.letGo() }
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        let transport = AsyncHTTPTransport(client: http, rule: AddressRule(), names: self.lookup(names))
        let error = await #expect(throws: HTTPTransportError.self) {
            try await transport.send(SentRequest(.get, "http://hangs.example/", timeout: .milliseconds(200)))
        }
        try await http.shutdown()
        #expect(error?.kind == .cannotConnect && error?.mayHaveArrived == false)
        #expect(error?.description.contains("hangs.example") == true)
    }

    @Test("Whoever is cancelled stops waiting")
    func cancelled() async throws {
        let names = Names()
        defer { names.letGo() }
        let lookup = self.lookup(names)
        let task = Task { try await lookup.addresses(of: "hangs.example", within: .seconds(3_600)) }
        while names.count("hangs.example") == 0 { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Names without an answer take turns on half of the threads, those that nobody waits for any more are not looked up")
    func turns() {
        let now = ContinuousClock.now
        var turns = LookupTurns<String>(threads: 2, freshness: .seconds(5))
        #expect(turns.ask(for: "a", id: 1, "first") == ["a"])
        #expect(turns.ask(for: "b", id: 2, "second") == [])
        #expect(turns.ask(for: "c", id: 3, "third") == [])
        #expect(turns.leave("b", id: 2) == "second")
        #expect(turns.leave("b", id: 2) == nil)
        let (waiters, names) = turns.end("a", [], at: now)
        #expect(waiters == ["first"] && names == ["c"], "b is left out")
        #expect(turns.fresh("a", at: now) == nil, "an unknown name may be known in a moment")
    }

    @Test("Names of one domain take an eighth of the threads while none of them answers")
    func domains() {
        var turns = LookupTurns<String>(threads: 8, freshness: .seconds(5))
        #expect(turns.ask(for: "a.example.com", id: 1, "first") == ["a.example.com"])
        #expect(turns.ask(for: "b.x.example.com", id: 2, "second") == [])
        #expect(turns.ask(for: "a.example.org", id: 3, "third") == ["a.example.org"])
        #expect(turns.end("a.example.com", [], at: .now).1 == ["b.x.example.com"])
    }

    @Test("An answer is good for a while; one that came when nobody waited any more proves nothing")
    func proof() throws {
        let now = ContinuousClock.now
        let address = try #require(IPAddress("1.1.1.1"))
        var turns = LookupTurns<String>(threads: 2, freshness: .seconds(5))
        _ = turns.ask(for: "a", id: 1, "first")
        _ = turns.end("a", [address], at: now)
        #expect(turns.fresh("a", at: now + .seconds(4)) == [address])
        #expect(turns.fresh("a", at: now + .seconds(5)) == nil)
        #expect(turns.ask(for: "b", id: 2, "second") == ["b"])
        #expect(turns.ask(for: "a", id: 3, "third") == ["a"], "it has answered")
        _ = turns.leave("a", id: 3)
        _ = turns.end("a", [address], at: now)
        #expect(turns.fresh("a", at: now) == nil)
        #expect(turns.ask(for: "a", id: 4, "fourth") == [], "as one that never answered")
    }
}
