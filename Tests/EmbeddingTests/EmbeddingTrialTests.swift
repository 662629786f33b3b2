import Embedding
import Testing

struct EmbeddingTrialTests {
    @Test("A trial embeds documents and a query")
    func both() async throws {
        let provider = ScriptedProvider()
        let trial = try await EmbeddingTrial(of: provider)
        #expect(trial.sentences.vectors.map(\.count) == [64, 64])
        #expect(provider.calls == 2 && provider.embeddedTexts == 3)
    }

    @Test("A provider that refuses one of the two fails its trial, which says which", arguments: EmbeddingTask.allCases)
    func refused(task: EmbeddingTask) async throws {
        let provider = ScriptedProvider { call in
            guard call.task == task else { return }
            throw EmbeddingError(.configuration, provider: "scripted", message: "it answered 400", status: 400)
        }
        let error = await #expect(throws: EmbeddingError.self) { try await EmbeddingTrial(of: provider) }
        #expect(error?.message == "embedding a \(task.rawValue) failed: it answered 400")
        #expect(error?.status == 400)
    }
}
