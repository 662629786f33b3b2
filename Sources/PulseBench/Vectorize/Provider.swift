import ArgumentParser
import FloatJSON
import Foundation

/// Plays an embedding provider in OpenAI's shape: waits, and gives each text some vector of the right length.
struct Provider: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Play an embedding provider.", shouldDisplay: false)

    @Option var dimensions: Int
    @Option(help: "Milliseconds from a request to its answer.") var latency: Int

    func run() throws {
        var samples = Samples()
        let vectors = (0..<256).map { _ in Array(ParseBenchmark.base64(samples.vector(dimensions: self.dimensions)).utf8) }
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Socket.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, generic, &length) == 0
            }
        }
        guard bound else { throw BenchError("the provider gets no port") }
        print(UInt16(bigEndian: address.sin_port))
        fflush(nil)
        let latency = UInt32(self.latency * 1_000)
        while true {
            let accepted = accept(listener, nil, nil)
            guard accepted >= 0 else { continue }
            Thread.detachNewThread {
                let connection = Socket(accepted: accepted)
                while let request = try? connection.receive() {
                    let count = (try? FloatScanner.strings(in: request.body, at: "input[*]").count) ?? 0
                    let answer = Self.answer(count, vectors)
                    usleep(latency)
                    guard (try? connection.send(answer)) != nil else { return }
                }
            }
        }
    }

    private static func answer(_ count: Int, _ vectors: [[UInt8]]) -> [UInt8] {
        var body = Array(#"{"object":"list","data":["#.utf8)
        body.reserveCapacity(count * ((vectors.first?.count ?? 0) + 64))
        for index in 0..<count {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += #"{"object":"embedding","index":\#(index),"embedding":""#.utf8
            body += vectors[index % vectors.count]
            body += #""}"#.utf8
        }
        body += #"],"model":"bench","usage":{"prompt_tokens":\#(count * 64),"total_tokens":\#(count * 64)}}"#.utf8
        return Array("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// The provider file that leads to it.
    static func file(id: String, port: Int, dimensions: Int) -> String {
        """
        {
          "id": "\(id)",
          "name": "A provider on this machine",
          "kind": "http",
          "verified": "documentation",
          "space": { "name": "\(id)", "dimensions": \(dimensions) },
          "model": "bench",
          "request": {
            "url": "http://127.0.0.1:\(port)/v1/embeddings",
            "body": { "model": "{{model}}", "input": "{{texts}}", "encoding_format": "base64" }
          },
          "authorization": { "kind": "none" },
          "response": {
            "vectors": "data[*].embedding",
            "index": "data[*].index",
            "encoding": "base64",
            "usage": { "from": "path", "path": ["usage.total_tokens"] }
          },
          "limits": { "items": 100, "tokensPerItem": 8192, "concurrency": 8 }
        }
        """
    }
}
