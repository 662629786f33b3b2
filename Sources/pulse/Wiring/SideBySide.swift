import ServiceLifecycle

/// Services that hear of the stop at the same moment; a group tells them one after the other, each once the one before has ended.
struct SideBySide: Service {
    let services: [any Service]

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in self.services { group.addTask { try await service.run() } }
            // One that ends untold ends the others, as it would in a group.
            while try await group.next() != nil {
                if !Task.isShuttingDownGracefully { group.cancelAll() }
            }
        }
    }
}
