import CZlib

/// gzip (RFC 1952) of a whole body.
enum Gzip {
    /// Shorter bodies gain nothing.
    static let shortest = 1_024

    /// - Returns: nil where zlib has no memory, or gains nothing.
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, 16 for gzip; level 5 is near the knee of size against time.
        guard
            deflateInit2_(
                &stream,
                5,
                Z_DEFLATED,
                15 + 16,
                8,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)
            ) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        var input = bytes
        let status = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        let size = Int(stream.total_out)
        guard status == Z_STREAM_END, size < bytes.count else { return nil }
        return Array(output.prefix(size))
    }

    /// Whether a client takes gzip (RFC 9110 §12.5.3).
    static func isAccepted(_ values: [String]) -> Bool {
        for part in values.flatMap({ $0.split(separator: ",") }) {
            let pieces = part.split(separator: ";").map { $0.trimmingSpaces.lowercased() }
            guard let name = pieces.first, name == "gzip" || name == "x-gzip" || name == "*" else { continue }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if weight > 0 { return true }
        }
        return false
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
