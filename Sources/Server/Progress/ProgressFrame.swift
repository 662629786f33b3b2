import NIOCore

/// A message as it goes over the wire: encoded once, and its bytes shared by all who get it.
struct ProgressFrame: Sendable, Equatable {
    /// JSON text.
    let text: String
    /// An unmasked text frame of one part (RFC 6455 §5.2).
    let bytes: ByteBuffer

    init(_ text: String) {
        let length = text.utf8.count
        var bytes = ByteBuffer()
        bytes.reserveCapacity(length + 10)
        bytes.writeInteger(UInt8(0x81))
        switch length {
        case ...125: bytes.writeInteger(UInt8(length))
        case ...0xFFFF:
            bytes.writeInteger(UInt8(126))
            bytes.writeInteger(UInt16(length))
        default:
            bytes.writeInteger(UInt8(127))
            bytes.writeInteger(UInt64(length))
        }
        bytes.writeString(text)
        self.text = text
        self.bytes = bytes
    }
}
