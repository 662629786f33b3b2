import Foundation
import Synchronization

/// Sends bodies to Qdrant over plain sockets, as fast as it takes them: the limit that no client can pass.
struct RawUpload {
    var port: Int
    var collection: String
    var connections: Int

    /// - Returns: seconds on the wall until the last answer.
    func seconds(_ bodies: [[UInt8]]) throws -> Double {
        let head = "PUT /collections/\(self.collection)/points?wait=true&ordering=strong HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        let requests = bodies.map { body in
            Array("\(head)content-type: application/json\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body
        }
        let next = Atomic<Int>(0)
        let failure = Mutex<(any Error)?>(nil)
        let started = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: self.connections) { _ in
            do {
                let socket = try Socket(port: self.port)
                while case let number = next.add(1, ordering: .relaxed).oldValue, number < requests.count {
                    try socket.send(requests[number])
                    guard let answer = try socket.receive(), answer.head.hasPrefix("HTTP/1.1 200") else {
                        throw BenchError("Qdrant refuses what Pulse has sent before")
                    }
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        let (seconds, attoseconds) = started.duration(to: .now).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
