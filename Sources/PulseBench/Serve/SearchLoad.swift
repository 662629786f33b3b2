import ArgumentParser
import Foundation
import Synchronization

/// Asks searches of a running service, at a given rate or as fast as they are answered, and tells how long each took.
struct SearchLoad: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load", abstract: "Ask searches.", shouldDisplay: false)

    struct Outcome: Codable {
        var answers: Int
        var seconds: Double
        /// From when each was due.
        var milliseconds: [Double]

        /// - Parameter share: of the answers, from 0 to below 1, that took no longer.
        func quantile(_ share: Double) -> Double { self.milliseconds.sorted()[Int(Double(self.milliseconds.count) * share)] }
    }

    @Option var port: Int
    @Option var key: String
    @Option(help: "Searches a second, whether or not the ones before are answered; as fast as possible where left out.")
    var rate: Double?
    @Option(help: "Each with a thread of its own.") var connections = 16
    @Option var seconds = 5.0
    @Option(help: "Different questions.") var questions = 64

    /// What all threads share.
    private final class Shared: Sendable {
        let asked = Atomic(0)
        let milliseconds = Mutex<[Double]>([])
        let trouble = Mutex<String?>(nil)
        let running: Atomic<Int>

        init(threads: Int) { self.running = Atomic(threads) }
    }

    func run() throws {
        let shared = Shared(threads: self.connections)
        let questions = self.requests()
        let sockets = try (0..<self.connections).map { _ in try Handed(Socket(port: self.port)) }
        let start = SharedClock.now
        let end = start + UInt64(self.seconds * 1e9)
        let step = self.rate.map { 1e9 / $0 }
        for socket in sockets {
            Thread.detachNewThread {
                do {
                    try Self.ask(questions, over: socket.take(), from: start, until: end, step: step, shared)
                } catch {
                    shared.trouble.withLock { $0 = "\(error)" }
                }
                shared.running.subtract(1, ordering: .sequentiallyConsistent)
            }
        }
        while shared.running.load(ordering: .sequentiallyConsistent) > 0 { usleep(5_000) }
        if let trouble = shared.trouble.withLock({ $0 }) { throw BenchError(trouble) }
        let milliseconds = shared.milliseconds.withLock { $0 }
        let outcome = Outcome(
            answers: milliseconds.count,
            seconds: Double(SharedClock.now - start) / 1e9,
            milliseconds: milliseconds
        )
        print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }

    /// A connection on its way to its thread.
    private final class Handed: Sendable {
        private let socket: Mutex<Socket?>

        init(_ socket: sending Socket) { self.socket = Mutex(socket) }

        func take() throws -> Socket {
            guard let socket = self.socket.withLock({ $0.take() }) else { throw BenchError("a connection was taken twice") }
            return socket
        }
    }

    /// - Parameter step: nanoseconds between two questions of all threads; nil asks without a pause.
    private static func ask(
        _ questions: [[UInt8]],
        over socket: Socket,
        from start: UInt64,
        until end: UInt64,
        step: Double?,
        _ shared: Shared
    ) throws {
        var own: [Double] = []
        while true {
            let number = shared.asked.add(1, ordering: .relaxed).oldValue
            var due = SharedClock.now
            if let step {
                due = start + UInt64(Double(number) * step)
                if due < end { SharedClock.sleep(until: due) }
            }
            guard due < end else { break }
            try socket.send(questions[number % questions.count])
            guard let answer = try socket.receive() else { throw BenchError("the service has closed a connection") }
            own.append(Double(SharedClock.now - due) / 1e6)
            guard answer.head.hasPrefix("HTTP/1.1 200") else {
                throw BenchError("\(answer.head)\n\(String(decoding: answer.body.prefix(2_000), as: UTF8.self))")
            }
        }
        let all = own
        shared.milliseconds.withLock { $0 += all }
    }

    private func requests() -> [[UInt8]] {
        var samples = Samples()
        return (0..<self.questions).map { _ in
            let body = #"{"query":"\#(samples.text(words: 8))","limit":10}"#
            let head = """
                POST /api/v1/search HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer \(self.key)\r\n\
                content-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n
                """
            return Array((head + body).utf8)
        }
    }
}
