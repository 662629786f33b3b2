import Embedding
import Foundation
import HTTPTransport
import PulseModel
import Qdrant
import Testing

@testable import Vectorization

@Suite("Why a row failed, as whoever may look at the tenant reads it")
struct RowFailureTests {
    private static let host = "10.0.0.8:6333"

    private struct Statement: Error, CustomStringConvertible {
        var description: String { "PostgreSQL: connection lost: \(RowFailureTests.host) Statement: SELECT 1" }
    }

    @Test("No reason names a host of the installation or a statement", arguments: QdrantError.Kind.allCases)
    func qdrant(kind: QdrantError.Kind) {
        let error = QdrantError(kind, operation: "upsert points into `c`", status: 503, message: "no answer of \(Self.host)")
        let reason = PassDriver.failure(of: error).reason
        #expect(reason.hasPrefix("Qdrant") && !reason.contains(Self.host), "\(reason)")
        for isDeletion in [false, true] {
            let outcome = PassDriver.outcome(of: error, isDeletion: isDeletion)
            #expect(!"\(outcome)".contains(Self.host), "\(outcome)")
        }
        #expect(!PassDriver.failure(of: Statement()).reason.contains("SELECT"))
        #expect(!"\(PassDriver.outcome(of: Statement(), isDeletion: false))".contains("SELECT"))
    }

    @Test("What Qdrant says of a point stays: a person mends it")
    func aboutPoints() {
        let error = QdrantError(.rejected, operation: "upsert points into `c`", status: 400, message: "400 expected dim: 4")
        #expect(PassDriver.failure(of: error).reason == error.description)
    }

    @Test("A point that can never fit is told from one that waits for its turn")
    func beyondLimit() {
        var error = QdrantError(.rateLimited, operation: "upsert points into `c`", status: 429, message: "429 of \(Self.host)")
        error.retryAfter = .seconds(1)
        #expect(!PassDriver.failure(of: error).reason.contains("raised"))
        error.retryAfter = nil
        let reasons = [PassDriver.failure(of: error).reason]
        error.refused = [UUID()]
        for reason in reasons + [PassDriver.failure(of: error).reason] {
            #expect(reason.contains("limit") && reason.contains("may have to be raised"), "\(reason)")
            #expect(!reason.contains(Self.host))
            #expect(FailureText.withoutHosts(reason) == reason)
        }
    }

    @Test("The host of an installation's provider is left out, also where it is left alone; what the provider says stays")
    func providers() {
        var error = EmbeddingError(.transient, provider: "local", message: "cannot connect to \(Self.host): connection refused")
        error.hosts = [Self.host]
        #expect(PassDriver.failure(of: error).reason == "local: cannot connect to its host: connection refused")
        error.isLeftAlone = true
        error.cause = error.description
        #expect(PassDriver.failure(of: error).reason == "local: cannot connect to its host: connection refused")
        let refused = EmbeddingError(.configuration, provider: "openai", message: "it answered 401: Incorrect API key provided")
        #expect(PassDriver.failure(of: refused).reason == refused.description)
    }

    // MARK: Rows of texts that could not be embedded

    private func kinds(_ texts: [[String]], failing: Set<String>, othersAreTaken: Bool = false) -> [FailureKind?] {
        let entities = texts.map { _ in UUID() }
        var error = EmbeddingError(.transient, provider: "p", message: "it answered 500", status: 500)
        error.othersAreTaken = othersAreTaken
        let hashes = Dictionary(uniqueKeysWithValues: zip(entities, texts.map { $0.map { ContentHash(of: $0) } }))
        let failures = PassDriver.failures(
            of: entities,
            texts: hashes,
            errors: Dictionary(uniqueKeysWithValues: failing.map { (ContentHash(of: $0), error) }),
            areAll: failing == Set(texts.joined())
        )
        return entities.map { failures[$0]?.kind }
    }

    @Test("Where nothing of several rows can be embedded the provider is away; of one row, it may be the row, and that is a try")
    func away() {
        #expect(self.kinds([["a"], ["b"]], failing: ["a", "b"]) == [.unavailable, .unavailable])
        #expect(self.kinds([["a", "b", "c"]], failing: ["a", "b", "c"]) == [.transient], "a long document by itself")
        #expect(self.kinds([["a", "b"], ["c"]], failing: ["b"]) == [.transient, nil])
    }

    @Test("Rows that break a provider which takes others have had their try, also where all that are left do")
    func poisonous() {
        #expect(self.kinds([["a"], ["b"]], failing: ["a", "b"], othersAreTaken: true) == [.transient, .transient])
    }
}
