import ArgumentParser
import Foundation
import Synchronization

/// Plays an embedding provider and Qdrant, both answering at once, so that what a search takes is Pulse's own.
///
/// What Qdrant is asked for the first time, the real engine is asked; after that its answer is played back.
struct Player: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Play a provider and Qdrant.", shouldDisplay: false)

    @Option var dimensions: Int
    @Option(help: "The port of the engine.") var engine: Int
    @Option(help: "Keep what Qdrant is asked in this file: of each question its first line, then its body.") var questions: String

    private struct Question: Hashable {
        var head: Substring
        var body: [UInt8]
    }

    private final class Answers: Sendable {
        let known = Mutex<[Question: [UInt8]]>([:])
    }

    func run() throws {
        var samples = Samples()
        let vectors = (0..<256).map { _ in Array(ParseBenchmark.base64(samples.vector(dimensions: self.dimensions)).utf8) }
        let provider = try Listener()
        let qdrant = try Listener()
        print(provider.port, qdrant.port)
        fflush(nil)
        Thread.detachNewThread {
            provider.serve { connection in
                while let request = try? connection.receive() {
                    let digest = request.body.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
                    guard (try? connection.send(Provider.answer(to: request.body, vectors, from: Int(digest % 256)))) != nil
                    else {
                        return
                    }
                }
            }
        }
        let answers = Answers()
        let recording = try Recording(file: self.questions)
        let engine = self.engine
        qdrant.serve { connection in
            var behind: Socket?
            while let request = try? connection.receive() {
                let question = Question(head: request.head.prefix { $0 != "\r" && $0 != "\r\n" }, body: request.body)
                let known = answers.known.withLock { $0[question] }
                guard let answer = try? known ?? Self.ask(request, of: engine, over: &behind) else { return }
                if known == nil {
                    let isNew = answers.known.withLock { $0.updateValue(answer, forKey: question) == nil }
                    let kept = Array(question.head.utf8) + [UInt8(ascii: "\n")] + question.body
                    if isNew, (try? recording.append(kept)) == nil { return }
                }
                guard (try? connection.send(answer)) != nil else { return }
            }
        }
    }

    private static func ask(_ request: (head: String, body: [UInt8]), of port: Int, over socket: inout Socket?) throws -> [UInt8]
    {
        let connection = try socket ?? Socket(port: port)
        socket = connection
        try connection.send(Array("\(request.head)\r\n\r\n".utf8) + request.body)
        guard let answer = try connection.receive() else { throw BenchError("the engine has closed the connection") }
        return Array("\(answer.head)\r\n\r\n".utf8) + answer.body
    }
}
