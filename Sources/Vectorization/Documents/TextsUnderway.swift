import Foundation
import PulseModel
import Synchronization

/// The texts that this process is having embedded at this moment, so that two passes over one tenant do not pay for the same text.
///
/// A pass takes the texts that nobody has taken, has them embedded, hands over what came of it, and only then waits for those that
/// another pass has taken: no two can wait for each other.
final class TextsUnderway: Sendable {
    typealias Vectors = [ContentHash: [Float]]

    /// What a pass is to do about its texts.
    struct Share: Sendable {
        /// Its own.
        var own: [ContentHash]
        /// Others', each with the pass that has taken it.
        var taken: [UUID: [ContentHash]]
        fileprivate var pass: UUID
        fileprivate var scope: Scope
    }

    fileprivate struct Scope: Hashable {
        var tenant: UUID
        var space: String
    }

    private struct Key: Hashable {
        var scope: Scope
        var hash: ContentHash
    }

    private struct State {
        var takers: [Key: UUID] = [:]
        var waiting: [UUID: [AsyncStream<Vectors>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    /// Takes those of the texts that nobody has taken. Must be followed by ``handOver(_:vectors:)``, whatever happens.
    func take(_ hashes: [ContentHash], tenant: UUID, space: String) -> Share {
        let scope = Scope(tenant: tenant, space: space)
        var share = Share(own: [], taken: [:], pass: UUID(), scope: scope)
        self.state.withLock { state in
            for hash in hashes {
                let key = Key(scope: scope, hash: hash)
                if let taker = state.takers[key] {
                    share.taken[taker, default: []].append(hash)
                } else {
                    state.takers[key] = share.pass
                    share.own.append(hash)
                }
            }
            state.waiting[share.pass] = []
        }
        return share
    }

    /// - Parameter vectors: of the share's own texts that have one.
    func handOver(_ share: Share, vectors: Vectors) {
        let waiting = self.state.withLock { state in
            for hash in share.own { state.takers[Key(scope: share.scope, hash: hash)] = nil }
            return state.waiting.removeValue(forKey: share.pass) ?? []
        }
        for continuation in waiting {
            continuation.yield(vectors)
            continuation.finish()
        }
    }

    /// The vectors of a share's taken texts, as far as the passes that took them had them embedded.
    func others(_ share: Share) async -> Vectors {
        var found: Vectors = [:]
        for (pass, hashes) in share.taken {
            for await vectors in self.outcome(of: pass) {
                for hash in hashes { found[hash] = vectors[hash] }
            }
        }
        return found
    }

    /// Ends at once where the pass has handed over already: its vectors are the index's by now, or soon.
    private func outcome(of pass: UUID) -> AsyncStream<Vectors> {
        let (stream, continuation) = AsyncStream<Vectors>.makeStream()
        let isGone = self.state.withLock { state in
            guard state.waiting[pass] != nil else { return true }
            state.waiting[pass]?.append(continuation)
            return false
        }
        if isGone { continuation.finish() }
        return stream
    }
}
