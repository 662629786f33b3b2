import HTTPTransport
import NIOCore

/// Makes the pieces of a body as the connection takes them.
struct PieceStream: AsyncSequence, Sendable {
    let pieces: HTTPPieces

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: AnyIterator<[UInt8]>

        mutating func next() async -> ByteBuffer? { self.pieces.next().map { ByteBuffer(bytes: $0) } }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: self.pieces.makeIterator()) }
}
