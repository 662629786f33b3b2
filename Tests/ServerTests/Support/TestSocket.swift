import NIOCore
import NIOPosix

/// A WebSocket client that can also misbehave: it writes frames byte by byte as it is told.
final class TestSocket {
    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]

        var text: String { String(decoding: self.payload, as: UTF8.self) }
        /// Of a close frame.
        var code: Int? { self.payload.count >= 2 ? Int(self.payload[0]) << 8 | Int(self.payload[1]) : nil }
    }

    struct Ended: Error {}

    private var inbound: AsyncStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var buffer = ByteBuffer()
    /// Of the answer to the handshake.
    private(set) var status = 0
    private(set) var head = ""

    private init(
        _ inbound: AsyncStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Connects, asks for the upgrade, and lends the socket to `body`.
    static func open<R: Sendable>(
        port: Int?,
        _ path: String,
        headers: [String] = [],
        handshake: [String] = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
        upgrade: [String] = ["Connection: Upgrade", "Upgrade: websocket"],
        followedBy second: [String] = [],
        _ body: (TestSocket) async throws -> R
    ) async throws -> R {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "localhost", port: port ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let (received, receiving) = AsyncStream<ByteBuffer>.makeStream()
            let pump = Task {
                do {
                    for try await bytes in inbound { receiving.yield(bytes) }
                } catch {
                    // A reset ends the bytes as a closing does.
                }
                receiving.finish()
            }
            defer { pump.cancel() }
            let socket = TestSocket(received.makeAsyncIterator(), outbound)
            let first = ["GET \(path) HTTP/1.1", "Host: localhost:\(port ?? 0)"] + upgrade + handshake + headers
            for lines in [first, second] where !lines.isEmpty {
                try await outbound.write(ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n"))
            }
            try await socket.readHead()
            return try await body(socket)
        }
    }

    private func readHead() async throws {
        while true {
            let bytes = Array(self.buffer.readableBytesView)
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                self.head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                self.buffer.moveReaderIndex(forwardBy: end.upperBound)
                self.status = self.head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                return
            }
            try await self.fill()
        }
    }

    private func fill() async throws {
        guard var more = await self.inbound.next(isolation: #isolation) else { throw Ended() }
        self.buffer.writeBuffer(&more)
    }

    /// What follows until the server closes.
    func rest() async throws -> String {
        while (try? await self.fill()) != nil {}
        return String(buffer: self.buffer)
    }

    /// The next frame of any kind.
    func frame() async throws -> Frame {
        while true {
            var copy = self.buffer
            if let first = copy.readInteger(as: UInt8.self), let second = copy.readInteger(as: UInt8.self) {
                var length: Int? = Int(second & 0x7F)
                if length == 126 { length = copy.readInteger(as: UInt16.self).map(Int.init) }
                if length == 127 { length = copy.readInteger(as: UInt64.self).map(Int.init) }
                if let length, let payload = copy.readBytes(length: length) {
                    self.buffer = copy
                    return Frame(opcode: first & 0x0F, payload: payload)
                }
            }
            try await self.fill()
        }
    }

    /// The next text, pings answered; throws where the channel closes.
    func text() async throws -> String {
        while true {
            let frame = try await self.frame()
            switch frame.opcode {
            case 0x1: return frame.text
            case 0x9: try await self.send(0xA, frame.payload)
            default: throw Ended()
            }
        }
    }

    /// The code of the close frame, whatever comes before it.
    func closeCode() async throws -> Int? {
        while true {
            let frame = try await self.frame()
            if frame.opcode == 0x8 { return frame.code }
        }
    }

    func send(_ opcode: UInt8, _ payload: [UInt8], fin: Bool = true, masked: Bool = true, reserved: UInt8 = 0) async throws {
        var frame = ByteBuffer()
        frame.writeInteger((fin ? 0x80 : 0) | reserved | opcode)
        let mask: UInt8 = masked ? 0x80 : 0
        switch payload.count {
        case ..<126: frame.writeInteger(mask | UInt8(payload.count))
        case ..<65_536:
            frame.writeInteger(mask | 126)
            frame.writeInteger(UInt16(payload.count))
        default:
            frame.writeInteger(mask | 127)
            frame.writeInteger(UInt64(payload.count))
        }
        let key: [UInt8] = [1, 2, 3, 4]
        if masked {
            frame.writeBytes(key)
            frame.writeBytes(payload.enumerated().map { $1 ^ key[$0 % 4] })
        } else {
            frame.writeBytes(payload)
        }
        try await self.outbound.write(frame)
    }
}
