import AIOps
import Embedding
import Foundation
import Logging
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The learning memory", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct LearningMemoryTests {
    private struct World {
        let store: Store
        let database: TestDatabase
        let tenant: UUID
        let provider = ScriptedProvider(dimensions: 256)

        static func with(_ body: (World) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                let tenant = try await database.tenant().id
                try await database.withStore { store in
                    try await body(World(store: store, database: database, tenant: tenant))
                }
            }
        }

        var quiet: Logger {
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            return logger
        }

        var memory: LearningMemory {
            LearningMemory(store: self.store, logger: self.quiet) { _ in FailureVectors(self.provider) }
        }

        func fail(_ issue: String, type: String = "timeout", subject: String = "job:a") async throws {
            try await self.store.remember(
                LearnedFailure(
                    errorType: type,
                    service: "github_job",
                    intent: "to test",
                    failedQuery: "a call",
                    issue: issue,
                    subjects: [subject]
                ),
                tenant: self.tenant
            )
        }

        func pass(_ subject: String = "job:a") async throws {
            try await self.store.resolveFailures(subjects: [subject], how: "it ran", tenant: self.tenant)
        }
    }

    private static let gateway = "the gateway of the repository host did not answer the page of pull requests in time"

    @Test("What has passed by itself before is tried more often, and the reason tells of it")
    func learns() async throws {
        try await World.with { world in
            let before = try await world.memory.suggest(
                errorType: "timeout",
                service: "github_job",
                issue: Self.gateway,
                tenant: world.tenant
            )
            #expect(before.strategy.isFromMemory == false)
            #expect(before.strategy.attempts == 3)
            for _ in 0..<3 {
                try await world.fail(Self.gateway)
                try await world.pass()
            }
            let after = try await world.memory.suggest(
                errorType: "timeout",
                service: "github_job",
                issue: Self.gateway,
                tenant: world.tenant
            )
            #expect(after.strategy.isFromMemory)
            #expect(after.strategy.attempts == 5)
            #expect(after.similar.first?.similarity == 1)
            #expect(after.strategy.reason.contains("3 of 3 times"))
        }
    }

    @Test("Failures are found by meaning, the most similar first, and each text is embedded once")
    func similar() async throws {
        try await World.with { world in
            try await world.fail(Self.gateway)
            try await world.fail("the disk of the vector database is full", type: "unavailable", subject: "job:b")
            try await world.fail("the token has no permission to read deployments", type: "permission", subject: "job:c")
            let question = "the gateway of the repository host did not answer the page of commits in time"
            let first = try await world.memory.suggest(issue: question, tenant: world.tenant)
            #expect(first.comparison == .meaning)
            #expect(first.similar.map(\.failure.errorType).first == "timeout")
            #expect((first.similar.first?.similarity ?? 0) > 0.7)
            #expect((first.similar.last?.similarity ?? 1) < 0.7)
            #expect(world.provider.embeddedTexts == 4)
            _ = try await world.memory.suggest(issue: question, tenant: world.tenant)
            #expect(world.provider.embeddedTexts == 5)
            #expect(
                try await world.database.count("SELECT count(*) FROM ai_learning_memory WHERE vector_space = 'scripted-256'") == 3
            )
        }
    }

    @Test("A tenant in another space gets vectors of that space; those of the former are not compared")
    func spaces() async throws {
        try await World.with { world in
            try await world.fail(Self.gateway)
            _ = try await world.memory.suggest(issue: Self.gateway, tenant: world.tenant)
            let other = ScriptedProvider(id: "other", dimensions: 32)
            let moved = LearningMemory(store: world.store, logger: world.quiet) { _ in FailureVectors(other) }
            let suggestion = try await moved.suggest(issue: Self.gateway, tenant: world.tenant)
            #expect(suggestion.comparison == .meaning)
            #expect(other.embeddedTexts == 2)
            #expect((suggestion.similar.first?.similarity ?? 0) > 0.7)
        }
    }

    @Test("Where the provider is away, failures are compared by their words")
    func away() async throws {
        try await World.with { world in
            try await world.fail(Self.gateway)
            try await world.pass()
            try await world.fail("the disk of the vector database is full", type: "unavailable", subject: "job:b")
            let broken = ScriptedProvider { _ in throw EmbeddingError(.transient, provider: "scripted", message: "away") }
            let memory = LearningMemory(store: world.store, logger: world.quiet) { _ in FailureVectors(broken) }
            let suggestion = try await memory.suggest(
                errorType: "timeout",
                service: "github_job",
                issue: Self.gateway + " again",
                tenant: world.tenant
            )
            #expect(suggestion.comparison == .words)
            #expect(suggestion.similar.first?.failure.errorType == "timeout")
            #expect((suggestion.similar.first?.similarity ?? 0) > 0.9)
            #expect(suggestion.strategy.isFromMemory)
        }
    }

    @Test("Another tenant's failures are not remembered")
    func apart() async throws {
        try await World.with { world in
            try await world.fail(Self.gateway)
            try await world.pass()
            let rival = try await world.database.tenant("rival").id
            let suggestion = try await world.memory.suggest(
                errorType: "timeout",
                service: "github_job",
                issue: Self.gateway,
                tenant: rival
            )
            #expect(suggestion.similar.isEmpty)
            #expect(!suggestion.strategy.isFromMemory)
        }
    }
}
