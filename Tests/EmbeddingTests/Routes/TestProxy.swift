import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A proxy on this machine that tunnels connections: an HTTP proxy by CONNECT (RFC 9110), or SOCKS 5 without authentication (RFC 1928).
final class TestProxy: Sendable {
    enum Kind: Sendable {
        /// - Parameter credentials: base64 of `name:secret`, which are asked for where they are not nil.
        case http(credentials: String?)
        case socks5
    }

    private let kind: Kind
    private let state = Mutex<[String]>([])

    init(_ kind: Kind) { self.kind = kind }

    /// Where it was asked to connect to, `host:port`.
    var targets: [String] { self.state.withLock { $0 } }

    /// Serves while `body` runs, a thread a direction of each connection.
    func serve(_ body: (_ port: Int) async throws -> Void) async throws {
        let listener = Self.socket()
        var address = Self.address(port: 0)
        let bound = Self.withSocketAddress(&address) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = Self.withSocketAddress(&address) { pointer, _ in getsockname(listener, pointer, &length) }
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { self.tunnel(client) }
            }
        }
        defer {
            shutdown(listener, Int32(SHUT_RDWR))
            close(listener)
        }
        try await body(Int(UInt16(bigEndian: address.sin_port)))
    }

    private func tunnel(_ client: Int32) {
        defer { close(client) }
        guard let (host, port) = self.greet(client) else { return }
        self.state.withLock { $0.append("\(host):\(port)") }
        let far = Self.socket()
        defer { close(far) }
        var address = Self.address(port: UInt16(port))
        guard Self.withSocketAddress(&address, { connect(far, $0, $1) }) == 0 else { return }
        switch self.kind {
        case .http: Self.write(Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8), to: client)
        case .socks5: Self.write([5, 0, 0, 1, 0, 0, 0, 0, 0, 0], to: client)
        }
        let isAnswered = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            Self.pump(from: far, to: client)
            isAnswered.signal()
        }
        Self.pump(from: client, to: far)
        isAnswered.wait()
    }

    /// The target that a client asks for; nil where it is refused.
    private func greet(_ client: Int32) -> (host: String, port: Int)? {
        switch self.kind {
        case .http(let credentials):
            var head = ""
            while !head.contains("\r\n\r\n") {
                let part = Self.read(client)
                guard !part.isEmpty else { return nil }
                head += String(decoding: part, as: UTF8.self)
            }
            let lines = head.components(separatedBy: "\r\n")
            let words = lines[0].split(separator: " ")
            guard words.count == 3, words[0] == "CONNECT" else {
                Self.write(Array("HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n".utf8), to: client)
                return nil
            }
            let sent = lines.first { $0.lowercased().hasPrefix("proxy-authorization: basic ") }?.split(separator: " ").last
            if let credentials, sent.map(String.init) != credentials {
                let refusal =
                    "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n"
                Self.write(Array(refusal.utf8), to: client)
                return nil
            }
            let target = words[1].split(separator: ":")
            return target.last.flatMap { Int($0) }.map { (String(target[0]), $0) }
        case .socks5:
            guard Self.read(client).first == 5 else { return nil }
            Self.write([5, 0], to: client)
            let request = Self.read(client)
            guard request.count > 6 else { return nil }
            // A host's name, or an IPv4 address.
            let host =
                request[3] == 3
                ? String(decoding: request[5..<(request.count - 2)], as: UTF8.self)
                : request[4..<8].map { "\($0)" }.joined(separator: ".")
            return (host, Int(request[request.count - 2]) << 8 | Int(request[request.count - 1]))
        }
    }

    // MARK: Sockets

    private static func socket() -> Int32 {
        #if canImport(Glibc)
            Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withSocketAddress(
        _ address: inout sockaddr_in,
        _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// Until one side has said all that it has to say.
    private static func pump(from source: Int32, to sink: Int32) {
        while true {
            let part = self.read(source)
            guard !part.isEmpty else { break }
            self.write(part, to: sink)
        }
        shutdown(sink, Int32(SHUT_WR))
    }

    /// Empty at the end.
    private static func read(_ descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }
}
