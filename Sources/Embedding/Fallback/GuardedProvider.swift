/// A provider behind a circuit breaker: while it keeps failing it is left alone, and one request at a time sees whether it is back.
///
/// Only what tells of the service counts: time-outs, resets, 5xx. Refusals, of the key, of a text or for want of budget, are answers.
/// Before it is left alone for 5xx it is asked for the vector of a harmless text: one text that it breaks on takes it from nobody.
public struct GuardedProvider: EmbeddingProvider {
    private let provider: any EmbeddingProvider
    private let circuit: ProviderCircuit

    public init(_ provider: any EmbeddingProvider, circuit: ProviderCircuit) {
        self.provider = provider
        self.circuit = circuit
    }

    public var id: String { self.provider.id }
    public var space: VectorSpace { self.provider.space }
    public var limits: EmbeddingLimits { self.provider.limits }
    public var tokenCounter: any TokenCounting { self.provider.tokenCounter }

    public func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
        let admission = self.circuit.admit()
        if case .refuse(let wait) = admission {
            var error = EmbeddingError(
                .transient,
                provider: self.id,
                message: "it keeps failing; no requests are sent to it for now",
                retryAfter: wait
            )
            error.isLeftAlone = true
            let cause = self.circuit.cause
            error.cause = cause?.description
            error.hosts = cause?.hosts ?? []
            throw error
        }
        do {
            let batch = try await self.provider.embed(texts, as: task)
            self.circuit.succeeded()
            return batch
        } catch let error as EmbeddingError {
            switch error.kind {
            case .transient:
                if error.mayBeOfText, self.circuit.opensAtNextFailure, await self.takesOthers(than: texts, as: task) {
                    self.circuit.succeeded()
                } else {
                    self.circuit.failed(error)
                }
            // Nonsense to one text says little of the service; nonsense from one that was down says that it still is.
            case .invalidAnswer: if admission == .probe { self.circuit.failed(error) }
            case .rateLimited, .configuration, .splittable, .content: self.circuit.succeeded()
            }
            throw error
        }
    }

    private func takesOthers(than texts: [String], as task: EmbeddingTask) async -> Bool {
        guard texts != [EmbeddingCall.harmlessText] else { return false }
        do {
            _ = try await self.provider.embed([EmbeddingCall.harmlessText], as: task)
            return true
        } catch {
            return false
        }
    }
}
