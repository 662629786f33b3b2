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
        let listener = try Listener()
        print(listener.port)
        fflush(nil)
        let latency = UInt32(self.latency * 1_000)
        listener.serve { connection in
            while let request = try? connection.receive() {
                let answer = Self.answer(to: request.body, vectors)
                usleep(latency)
                guard (try? connection.send(answer)) != nil else { return }
            }
        }
    }

    /// - Parameter first: which vector the first text gets.
    static func answer(to body: [UInt8], _ vectors: [[UInt8]], from first: Int = 0) -> [UInt8] {
        Self.answer((try? FloatScanner.strings(in: body, at: "input[*]").count) ?? 0, vectors, from: first)
    }

    private static func answer(_ count: Int, _ vectors: [[UInt8]], from first: Int) -> [UInt8] {
        var body = Array(#"{"object":"list","data":["#.utf8)
        body.reserveCapacity(count * ((vectors.first?.count ?? 0) + 64))
        for index in 0..<count {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += #"{"object":"embedding","index":\#(index),"embedding":""#.utf8
            body += vectors[(first + index) % vectors.count]
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
