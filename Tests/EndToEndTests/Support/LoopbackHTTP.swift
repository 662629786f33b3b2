import Foundation

/// As much of an HTTP client as these tests need: one request a connection.
enum LoopbackHTTP {
    struct Answer: Sendable {
        var status: Int
        /// By their names in lower case.
        var headers: [String: String]
        var body: String

        func json() throws -> JSON { try JSON(self.body) }
    }

    /// - Parameter url: `http://host:port/path`.
    static func send(
        _ method: String,
        _ url: String,
        body: JSON? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        let text = try body.map { try $0.serialized } ?? ""
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try Self.exchange(method, url, body: text, headers: headers) })
            }
        }
    }

    private static func exchange(_ method: String, _ url: String, body: String, headers: [String: String]) throws -> Answer {
        let socket = try Socket(to: url)
        defer { socket.free() }
        let start = url.range(of: "://").flatMap { url[$0.upperBound...].firstIndex(of: "/") }
        let path = start.map { String(url[$0...]) } ?? "/"
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n"
        if !body.isEmpty { head += "Content-Type: application/json\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try socket.write((head + "\r\n" + body).utf8)
        var bytes: [UInt8] = []
        while true {
            let more = try socket.read()
            if more.isEmpty { break }
            bytes += more
        }
        return try Self.parse(bytes, of: "\(method) \(url)")
    }

    private static func parse(_ bytes: [UInt8], of request: String) throws -> Answer {
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { throw TestFailure("\(request): no answer") }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw TestFailure("\(request): no status line")
        }
        var body = Array(bytes[end.upperBound...])
        if lines.contains(where: { $0.lowercased().hasPrefix("transfer-encoding:") && $0.lowercased().hasSuffix("chunked") }) {
            body = try Self.joined(chunks: body, of: request)
        }
        let headers = lines.dropFirst().compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
        }
        return Answer(
            status: status,
            headers: Dictionary(headers) { $1 },
            body: String(decoding: body, as: UTF8.self)
        )
    }

    private static func joined(chunks: [UInt8], of request: String) throws -> [UInt8] {
        var (whole, rest) = ([UInt8](), chunks[...])
        while let line = rest.firstIndex(of: 13) {
            guard let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16) else { break }
            if size == 0 { return whole }
            let start = line + 2
            guard start + size <= rest.endIndex else { break }
            whole += rest[start..<start + size]
            rest = rest[min(rest.endIndex, start + size + 2)...]
        }
        throw TestFailure("\(request): the answer is cut off")
    }
}
