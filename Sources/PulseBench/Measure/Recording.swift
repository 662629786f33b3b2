import Foundation
import Synchronization

/// Bodies that are kept in a file, one after the other, each behind its length, so that they can be sent once more by other means.
final class Recording: Sendable {
    private let file: Mutex<FileHandle>

    init(file: String) throws {
        guard FileManager.default.createFile(atPath: file, contents: nil), let handle = FileHandle(forWritingAtPath: file) else {
            throw BenchError("cannot write to \(file)")
        }
        self.file = Mutex(handle)
    }

    func append(_ body: [UInt8]) throws {
        let length = withUnsafeBytes(of: UInt64(body.count).littleEndian) { Data($0) }
        try self.file.withLock { file in
            try file.write(contentsOf: length)
            try file.write(contentsOf: body)
        }
    }

    /// The bodies that a file holds, in the order in which they were kept.
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
