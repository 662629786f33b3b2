import ServiceLifecycle
import Synchronization

/// The moment at which the server has its port.
final class Opening: Sendable {
    private let waiting = Mutex<[AsyncStream<Void>.Continuation]>([])

    /// What begins only then: where the port is taken, nothing has been begun and nothing is left behind.
    func before(_ service: any Service) -> any Service {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        self.waiting.withLock { $0.append(continuation) }
        return AfterOpening(service: service, opened: stream)
    }

    func open() {
        for continuation in self.waiting.withLock({ $0 }) { continuation.finish() }
    }
}

private struct AfterOpening: Service {
    let service: any Service
    let opened: AsyncStream<Void>

    func run() async throws {
        for await _ in self.opened.cancelOnGracefulShutdown() {}
        guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
        try await self.service.run()
    }
}
