import Foundation
import HTTPTransport
import Synchronization

/// Keeps the bodies of upserts, so that they can be sent once more by other means.
final class RecordingTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let file: Mutex<FileHandle>

    init(_ transport: any HTTPTransport, file: String) throws {
        guard FileManager.default.createFile(atPath: file, contents: nil), let handle = FileHandle(forWritingAtPath: file) else {
            throw BenchError("cannot write to \(file)")
        }
        self.transport = transport
        self.file = Mutex(handle)
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        if request.method == .put, request.url.contains("/points?"), let body = request.body {
            let length = withUnsafeBytes(of: UInt64(body.count)) { Data($0) }
            try self.file.withLock { file in
                try file.write(contentsOf: length)
                try file.write(contentsOf: body)
            }
        }
        return try await self.transport.send(request)
    }

    /// The bodies that a file holds, in the order in which they were sent.
    static func bodies(in file: String) throws -> [[UInt8]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped)
        var bodies: [[UInt8]] = []
        var at = 0
        while at + 8 <= data.count {
            let length = data[at..<at + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            bodies.append(Array(data[at + 8..<at + 8 + length]))
            at += 8 + length
        }
        return bodies
    }
}
