import Foundation

/// A TCP connection to a server on this machine. Its calls block.
struct Socket: Sendable {
    let descriptor: Int32

    /// - Parameter url: `http://host:port`, an IPv4 address.
    init(to url: String, timeout: Duration = .seconds(30)) throws {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port.flatMap(UInt16.init(exactly:))
        else {
            throw TestFailure("\(url) names no host and port")
        }
        #if os(Linux)
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw TestFailure("no socket: \(errno)") }
        var limit = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            close(descriptor)
            throw TestFailure("\(host) is no IPv4 address")
        }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            let code = errno
            close(descriptor)
            throw TestFailure("\(url) cannot be reached: \(String(cString: strerror(code)))")
        }
        self.descriptor = descriptor
    }

    func write(_ bytes: some Sequence<UInt8>) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            #if os(Linux)
                let flags = Int32(MSG_NOSIGNAL)
            #else
                let flags: Int32 = 0
            #endif
            let count = bytes.withUnsafeBytes { send(self.descriptor, $0.baseAddress! + sent, bytes.count - sent, flags) }
            guard count > 0 else { throw TestFailure("the connection broke while writing: \(errno)") }
            sent += count
        }
    }

    /// What has come; empty at the end of the stream.
    func read() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw TestFailure("the connection broke while reading: \(errno)") }
        return Array(buffer[..<count])
    }

    /// Ends both directions, so that a blocked reader wakes.
    func shut() { _ = shutdown(self.descriptor, Int32(SHUT_RDWR)) }

    func free() { close(self.descriptor) }
}
