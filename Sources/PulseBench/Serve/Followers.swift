import ArgumentParser
import Foundation
import Glibc

/// Follows progress channels with very many clients, and tells how late messages came. Some clients may stop to read.
struct Followers: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Follow progress channels.", shouldDisplay: false)

    struct Outcome: Codable {
        var messages: Int
        /// From when progress was reported until it was read, by any client that reads.
        var latestMilliseconds: Double
        var medianMilliseconds: Double
        /// The longest that a client that reads heard nothing.
        var longestSilenceMilliseconds: Double
    }

    /// What stands before the moment of publishing in a message's operation.
    static let mark = "at "

    @Option var port: Int
    @Option(help: "Keys, separated by commas; the clients take turns.") var keys: String
    @Option var count = 1_000
    @Option(help: "Clients that read nothing.") var stalled = 0
    @Option var seconds = 10.0

    private struct Client {
        var socket: Int32
        /// The end of a frame that has not come whole yet.
        var rest: [UInt8] = []
        var heard: UInt64
    }

    func run() throws {
        let keys = self.keys.split(separator: ",").map(String.init)
        var clients: [Client] = []
        var polled: [pollfd] = []
        for number in 0..<(self.count + self.stalled) {
            let isStalled = number >= self.count
            let socket = try Self.open(port: self.port, key: keys[number % keys.count], isStalled: isStalled)
            clients.append(Client(socket: socket, heard: 0))
            if !isStalled { polled.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
        }
        print("open")
        fflush(nil)
        let start = SharedClock.now
        let end = start + UInt64(self.seconds * 1e9)
        for number in clients.indices { clients[number].heard = start }
        var delays: [UInt32] = []
        delays.reserveCapacity(1 << 20)
        var silence: UInt64 = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while SharedClock.now < end {
            guard poll(&polled, nfds_t(polled.count), 100) > 0 else { continue }
            for number in polled.indices where polled[number].revents != 0 {
                let count = recv(clients[number].socket, &chunk, chunk.count, 0)
                guard count > 0 else { throw BenchError("the service has closed a channel") }
                let now = SharedClock.now
                clients[number].rest += chunk[..<count]
                while let payload = try Self.takeFrame(&clients[number].rest) {
                    // What a newcomer is told first is as old as it is.
                    guard let published = Self.moment(in: payload), published >= start else { continue }
                    delays.append(UInt32(clamping: (now - published) / 1_000))
                    silence = max(silence, now - clients[number].heard)
                    clients[number].heard = now
                }
            }
            // Some more may come meanwhile: each look at all of them costs what the service would use.
            usleep(1_000)
        }
        for client in clients.prefix(self.count) { silence = max(silence, end - min(end, client.heard)) }
        delays.sort()
        let outcome = Outcome(
            messages: delays.count,
            latestMilliseconds: Double(delays.last ?? .max) / 1e3,
            medianMilliseconds: delays.isEmpty ? .infinity : Double(delays[delays.count / 2]) / 1e3,
            longestSilenceMilliseconds: Double(silence) / 1e6
        )
        print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }

    /// - Parameter receiveBuffer: bytes that the kernel keeps for it; its own choice where left out.
    private static func connect(port: Int, receiveBuffer: Int32?) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = Socket.loopback(port: port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchError("cannot connect to port \(port): \(String(cString: strerror(errno)))") }
        return descriptor
    }

    private static func open(port: Int, key: String, isStalled: Bool) throws -> Int32 {
        let descriptor = try Self.connect(port: port, receiveBuffer: isStalled ? 4_096 : nil)
        let head = """
            GET /ws/progress/Vectorization HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer \(key)\r\n\r\n
            """
        let bytes = Array(head.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw BenchError("a channel cannot be asked for")
        }
        // Byte by byte: what follows the head is the first frame.
        var answer: [UInt8] = []
        var byte: UInt8 = 0
        while !answer.ends(with: Array("\r\n\r\n".utf8)) {
            guard recv(descriptor, &byte, 1, 0) == 1 else { throw BenchError("a channel was not opened") }
            answer.append(byte)
        }
        guard String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 101") else {
            throw BenchError("a channel was refused: \(String(decoding: answer, as: UTF8.self).prefix(200))")
        }
        return descriptor
    }

    /// The payload of the next whole frame; a server's frames are not masked.
    private static func takeFrame(_ bytes: inout [UInt8]) throws -> ArraySlice<UInt8>? {
        guard bytes.count >= 2 else { return nil }
        guard bytes[0] == 0x81 || bytes[0] == 0x89 else { throw BenchError("a frame of opcode \(bytes[0] & 15) came") }
        var (start, length) = (2, Int(bytes[1]))
        if length == 126 {
            guard bytes.count >= 4 else { return nil }
            (start, length) = (4, Int(bytes[2]) << 8 | Int(bytes[3]))
        }
        guard bytes.count >= start + length else { return nil }
        let payload = Array(bytes[start..<start + length])
        bytes.removeSubrange(..<(start + length))
        return payload[...]
    }

    private static func moment(in payload: ArraySlice<UInt8>) -> UInt64? {
        let mark = Array("\"\(Self.mark)".utf8)
        guard let found = payload.firstRange(of: mark) else { return nil }
        return payload[found.upperBound...].prefix { (0x30...0x39).contains($0) }.reduce(0) { $0 &* 10 &+ UInt64($1 - 0x30) }
    }
}

extension [UInt8] {
    fileprivate func ends(with end: [UInt8]) -> Bool { self.suffix(end.count).elementsEqual(end) }
}
