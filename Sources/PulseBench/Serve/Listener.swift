import Foundation

/// A port of this machine with a thread for each connection.
final class Listener: Sendable {
    private let descriptor: Int32
    let port: Int

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Socket.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 256) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isBound else { throw BenchError("a played service gets no port") }
        self.descriptor = descriptor
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    func serve(_ handle: @escaping @Sendable (Socket) -> Void) {
        while true {
            let accepted = accept(self.descriptor, nil, nil)
            guard accepted >= 0 else { continue }
            Thread.detachNewThread { handle(Socket(accepted: accepted)) }
        }
    }
}
