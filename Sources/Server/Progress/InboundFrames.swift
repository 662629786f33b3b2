import NIOCore
import NIOWebSocket

/// What a client may send into a progress channel: little. A pure value that judges frame by frame.
struct InboundFrames {
    enum Verdict: Equatable {
        case ignore
        case pong(ByteBuffer)
        case alive
        /// The client ends the channel; the code to answer with, nil where it gave none.
        case closedByClient(WebSocketErrorCode?)
        case refuse(WebSocketErrorCode, String)
    }

    private let limits: ProgressLimits
    private var message: ByteBuffer?
    private var windowStart: ContinuousClock.Instant?
    private var framesInWindow = 0

    init(limits: ProgressLimits) { self.limits = limits }

    mutating func receive(_ frame: WebSocketFrame, at now: ContinuousClock.Instant) -> Verdict {
        guard frame.maskKey != nil else { return .refuse(.protocolError, "a client's frames are masked") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return .refuse(.protocolError, "no extension was agreed on") }
        switch frame.opcode {
        case .connectionClose: return Self.closing(frame.unmaskedData)
        case .pong: return .alive
        default: break
        }
        guard self.isWithinRate(now) else { return .refuse(.policyViolation, "too many frames; this channel only tells") }
        switch frame.opcode {
        case .ping: return .pong(frame.unmaskedData)
        case .binary: return .refuse(.unacceptableData, "this channel takes no binary data")
        case .text:
            guard self.message == nil else { return .refuse(.protocolError, "a message began within another") }
            return self.collect(frame)
        case .continuation:
            guard self.message != nil else { return .refuse(.protocolError, "there is nothing to continue") }
            return self.collect(frame)
        default: return .refuse(.protocolError, "unknown opcode")
        }
    }

    private mutating func collect(_ frame: WebSocketFrame) -> Verdict {
        var data = frame.unmaskedData
        var message = self.message ?? ByteBuffer()
        guard message.readableBytes + data.readableBytes <= self.limits.messageBytes else {
            return .refuse(.messageTooLarge, "a message has at most \(self.limits.messageBytes) bytes")
        }
        message.writeBuffer(&data)
        self.message = frame.fin ? nil : message
        guard !frame.fin || String(validating: message.readableBytesView, as: UTF8.self) != nil else {
            return .refuse(.dataInconsistentWithMessage, "a text message is UTF-8")
        }
        return .ignore
    }

    private mutating func isWithinRate(_ now: ContinuousClock.Instant) -> Bool {
        if let start = self.windowStart, now - start < .seconds(1) {
            self.framesInWindow += 1
        } else {
            self.windowStart = now
            self.framesInWindow = 1
        }
        return self.framesInWindow <= self.limits.framesPerSecond
    }

    /// RFC 6455 §5.5.1, §7.4: two bytes of code and UTF-8, or nothing.
    private static func closing(_ data: ByteBuffer) -> Verdict {
        var data = data
        guard data.readableBytes > 0 else { return .closedByClient(nil) }
        guard let number = data.readInteger(as: UInt16.self), Self.isAllowed(number) else {
            return .closedByClient(.protocolError)
        }
        guard String(validating: data.readableBytesView, as: UTF8.self) != nil else { return .closedByClient(.protocolError) }
        return .closedByClient(WebSocketErrorCode(codeNumber: Int(number)))
    }

    private static func isAllowed(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
