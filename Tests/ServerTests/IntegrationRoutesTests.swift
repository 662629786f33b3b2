import Foundation
import HummingbirdTesting
import Store
import Testing

@testable import Server

@Suite("Connecting sources", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(2)))
struct IntegrationRoutesTests {
    @Test("Of requests at once that connect a source under one name, one does, and the others are told so")
    func race() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await client.send(
                                .post,
                                "/api/v1/integrations",
                                key: world.administratorKey,
                                body: #"{"name": "code", "definition": {"kind": "github"}}"#
                            ).status.code
                        }
                    }
                    return try await group.reduce(into: [Int]()) { $0.append($1) }.sorted()
                }
                #expect(statuses == [201] + Array(repeating: 409, count: 7))
            }
        }
    }
}
