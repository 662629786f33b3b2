import AsyncHTTPClient
import Foundation
public import HTTPTransport
import NIOCore
import NIOHTTP1

extension AsyncHTTPTransport: HTTPFileTransport {
    public func download(_ request: HTTPRequest, to path: String) async throws -> HTTPResponse {
        try await self.exchange(request) { answer in
            guard (200..<300).contains(Int(answer.status.code)) else {
                return Array(buffer: try await answer.body.collect(upTo: 1 << 20))
            }
            let file = try Self.open(path)
            defer { try? file.close() }
            for try await part in answer.body { try file.write(contentsOf: Data(part.readableBytesView)) }
            try file.synchronize()
            return []
        }
    }

    public func upload(_ request: HTTPRequest, file path: String, field: String) async throws -> HTTPResponse {
        let url = URL(fileURLWithPath: path)
        let frame = MultipartFrame(boundary: "pulse-\(UUID().uuidString)", field: field, fileName: url.lastPathComponent)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        var request = request
        request.headers["content-type"] = frame.contentType
        let body = FormBody(frame: frame, file: url)
        return try await self.exchange(
            request,
            body: .stream(body, length: .known(Int64(frame.head.count + size + frame.tail.count)))
        ) { answer in
            Array(buffer: try await answer.body.collect(upTo: 1 << 20))
        }
    }

    private static func open(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
        return file
    }
}

/// A form whose file is read piece by piece as the connection takes it.
private struct FormBody: AsyncSequence, Sendable {
    let frame: MultipartFrame
    let file: URL

    struct AsyncIterator: AsyncIteratorProtocol {
        private enum Place {
            case head
            case file(FileHandle)
            case end
        }

        private static let piece = 1 << 20

        let frame: MultipartFrame
        let file: URL
        private var place = Place.head

        init(frame: MultipartFrame, file: URL) {
            self.frame = frame
            self.file = file
        }

        mutating func next() async throws -> ByteBuffer? {
            switch self.place {
            case .head:
                self.place = .file(try FileHandle(forReadingFrom: self.file))
                return ByteBuffer(bytes: self.frame.head)
            case .file(let handle):
                if let piece = try handle.read(upToCount: Self.piece), !piece.isEmpty { return ByteBuffer(bytes: piece) }
                try handle.close()
                self.place = .end
                return ByteBuffer(bytes: self.frame.tail)
            case .end:
                return nil
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(frame: self.frame, file: self.file) }
}
