import Foundation
import HTTPTransport
import Sandbox
import Synchronization

/// Has the sandbox leave a list out of the first page of pull requests that is asked for.
///
/// GraphQL is asked one question after the other meanwhile: the trouble is that page's, whatever else is read beside it.
final class PartialFirstPage: Sendable {
    private let world: SandboxWorld
    private let isAsked = Mutex(false)
    private let isOver = Mutex(false)

    init(_ world: SandboxWorld) { self.world = world }

    func send(_ request: SentRequest) async throws -> GivenResponse {
        guard request.url.hasSuffix("/graphql") else { return try await self.world.transport.send(request) }
        while !self.begin() { try await Task.sleep(for: .milliseconds(2)) }
        defer { self.isAsked.withLock { $0 = false } }
        let isPage = String(decoding: request.body ?? [], as: UTF8.self).contains("pullRequests(first: $first")
        if isPage, !self.isOver.withLock({ $0 }) {
            self.isOver.withLock { $0 = true }
            self.world.state.inject(Fault(.partial, pathPrefix: "/github/graphql", count: 1))
        }
        return try await self.world.transport.send(request)
    }

    private func begin() -> Bool {
        self.isAsked.withLock { isAsked in
            defer { isAsked = true }
            return !isAsked
        }
    }
}
