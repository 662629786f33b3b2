import Glibc

/// A blocking TCP connection that speaks as much HTTP as a benchmark needs: nothing between the bytes and the kernel.
final class Socket {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32
    private var received: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)

    init(accepted descriptor: Int32) {
        self.descriptor = descriptor
        Self.sendAtOnce(descriptor)
    }

    init(port: Int) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        Self.sendAtOnce(self.descriptor)
        var address = Self.loopback(port: port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            throw Failure(description: "cannot connect to port \(port): \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(self.descriptor) }

    static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    private static func sendAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = Glibc.send(
                    self.descriptor,
                    buffer.baseAddress.map { $0 + sent },
                    buffer.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
                guard count > 0 else { throw Failure(description: "cannot send: \(String(cString: strerror(errno)))") }
                sent += count
            }
        }
    }

    /// The next message, its head and its body; nil where the other side has closed.
    func receive() throws -> (head: String, body: [UInt8])? {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let split = Self.find(end, in: self.received, from: searched) {
                let head = String(decoding: self.received[..<split], as: UTF8.self)
                let length = Self.length(in: head)
                let start = split + end.count
                while self.received.count < start + length {
                    guard try self.fill() else { throw Failure(description: "the connection ended within a body") }
                }
                let body = Array(self.received[start..<start + length])
                self.received.removeSubrange(..<(start + length))
                return (head, body)
            }
            searched = max(0, self.received.count - 3)
            guard try self.fill() else { return nil }
        }
    }

    private func fill() throws -> Bool {
        let count = recv(self.descriptor, &self.chunk, self.chunk.count, 0)
        guard count >= 0 else { throw Failure(description: "cannot receive: \(String(cString: strerror(errno)))") }
        self.received.append(contentsOf: self.chunk[..<count])
        return count > 0
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        return (start...(bytes.count - pattern.count)).first { bytes[$0..<$0 + pattern.count].elementsEqual(pattern) }
    }

    private static func length(in head: String) -> Int {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            return Int(line.split(separator: ":")[1].drop { $0 == " " }) ?? 0
        }
        return 0
    }
}
