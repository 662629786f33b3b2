import Embedding
import HTTPTransport
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
}
