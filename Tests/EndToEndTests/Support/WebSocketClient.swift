import Foundation
import Synchronization

/// A client of RFC 6455 that collects the text messages it is sent.
final class WebSocketClient: Sendable {
    private struct State {
        var messages: [JSON] = []
        var isOpen = true
        var trouble: String?
    }

    private let socket: Socket
    private let state = Mutex(State())

    /// Shakes hands.
    ///
    /// - Throws: where the server does not answer 101.
    static func connect(to url: String, key: String) async throws -> WebSocketClient {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try WebSocketClient(url: url, key: key) })
            }
        }
    }

    private init(url: String, key: String) throws {
        // Long enough for a quiet channel; the server pings meanwhile.
        self.socket = try Socket(to: url, timeout: .seconds(120))
        let path = url.range(of: "://").flatMap { url[$0.upperBound...].firstIndex(of: "/") }.map { String(url[$0...]) } ?? "/"
        let nonce = Data((0..<16).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        try self.socket.write(
            """
            GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: \(nonce)\r\nAuthorization: Bearer \(key)\r\n\r\n
            """.utf8
        )
        var bytes: [UInt8] = []
        var head: Range<Data.Index>?
        while head == nil {
            let more = try self.socket.read()
            guard !more.isEmpty else { throw TestFailure("\(url): closed during the handshake") }
            bytes += more
            head = Data(bytes).range(of: Data("\r\n\r\n".utf8))
        }
        guard let end = head?.upperBound, bytes.starts(with: "HTTP/1.1 101".utf8) else {
            throw TestFailure("\(url): not upgraded: \(String(decoding: bytes.prefix(400), as: UTF8.self))")
        }
        let rest = Array(bytes[end...])
        Thread.detachNewThread { self.receive(rest) }
    }

    /// What has come so far, in order.
    var messages: [JSON] { self.state.withLock(\.messages) }
    var isOpen: Bool { self.state.withLock(\.isOpen) }
    /// What broke the protocol.
    var trouble: String? { self.state.withLock(\.trouble) }

    func close() {
        self.state.withLock { state in
            // A closed descriptor may be another connection's by now.
            if state.isOpen { self.socket.shut() }
        }
    }

    private func receive(_ first: [UInt8]) {
        var bytes = first
        var message: [UInt8] = []
        defer {
            self.state.withLock { state in
                state.isOpen = false
                self.socket.free()
            }
        }
        while true {
            while let frame = Self.frame(in: &bytes) {
                if frame.isMasked { self.state.withLock { $0.trouble = "a server's frame must not be masked" } }
                switch frame.opcode {
                case 0, 1:
                    message += frame.payload
                    guard frame.isLast else { continue }
                    let text = String(decoding: message, as: UTF8.self)
                    message = []
                    self.state.withLock { state in
                        if let json = try? JSON(text) {
                            state.messages.append(json)
                        } else {
                            state.trouble = "no JSON: \(text.prefix(200))"
                        }
                    }
                case 8:
                    try? self.write(opcode: 8, frame.payload)
                    return
                case 9: try? self.write(opcode: 10, frame.payload)
                default: continue
                }
            }
            guard let more = try? self.socket.read(), !more.isEmpty else { return }
            bytes += more
        }
    }

    private struct Frame {
        var opcode: UInt8
        var isLast: Bool
        var isMasked: Bool
        var payload: [UInt8]
    }

    /// Takes the first whole frame off the front.
    private static func frame(in bytes: inout [UInt8]) -> Frame? {
        guard bytes.count >= 2 else { return nil }
        var start = 2
        var length = Int(bytes[1] & 0x7f)
        let extended = length == 126 ? 2 : length == 127 ? 8 : 0
        if extended > 0 {
            guard bytes.count >= start + extended else { return nil }
            length = bytes[start..<start + extended].reduce(0) { $0 << 8 | Int($1) }
            start += extended
        }
        let isMasked = bytes[1] & 0x80 != 0
        if isMasked { start += 4 }
        guard bytes.count >= start + length else { return nil }
        let frame = Frame(
            opcode: bytes[0] & 0x0f,
            isLast: bytes[0] & 0x80 != 0,
            isMasked: isMasked,
            payload: Array(bytes[start..<start + length])
        )
        bytes.removeFirst(start + length)
        return frame
    }

    /// A control frame, masked as a client's must be.
    private func write(opcode: UInt8, _ payload: [UInt8]) throws {
        let mask = (0..<4).map { _ in UInt8.random(in: 0...255) }
        let masked = payload.enumerated().map { $1 ^ mask[$0 % 4] }
        try self.socket.write([0x80 | opcode, 0x80 | UInt8(min(payload.count, 125))] + mask + masked)
    }
}
