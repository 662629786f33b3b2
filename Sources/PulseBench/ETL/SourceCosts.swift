import Foundation

/// What the played sources say of the requests that they have answered.
struct SourceCosts: Decodable {
    struct Counts: Decodable {
        var pulls: Int
        var issues: Int
    }

    var counts: Counts
    /// By method and route.
    var requests: [String: Int]
    var graphPoints: Int
    /// Answers that said "unchanged".
    var unchanged: Int

    enum CodingKeys: String, CodingKey {
        case counts, requests, unchanged
        case graphPoints = "graph_points"
    }

    /// Asks the sources on that port.
    static func now(port: Int) throws -> SourceCosts {
        let socket = try Socket(port: port)
        try socket.send(Array("GET /sandbox/status HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".utf8))
        guard let answer = try socket.receive() else { throw BenchError("the played sources do not answer") }
        return try JSONDecoder().decode(SourceCosts.self, from: Data(answer.body))
    }

    private static func isDevelopment(_ route: String) -> Bool { route.contains("/dev-status/") }

    var github: Int { self.sum { $0.contains(" /github/") } }
    /// Without what the development panel is asked.
    var jira: Int { self.sum { $0.contains(" /jira/") && !Self.isDevelopment($0) } }
    var development: Int { self.sum(Self.isDevelopment) }

    private func sum(_ isCounted: (String) -> Bool) -> Int {
        self.requests.reduce(0) { $0 + (isCounted($1.key) ? $1.value : 0) }
    }
}
