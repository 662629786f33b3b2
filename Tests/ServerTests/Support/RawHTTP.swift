import NIOCore
import NIOPosix

/// A client that writes bytes as it is told, for requests that no HTTP library would send.
enum RawHTTP {
    /// Sends `pieces` one after the other, and returns what the server answered until it closed, or until `patience` was over.
    static func exchange(
        port: Int?,
        _ pieces: [String],
        pause: Duration = .zero,
        patience: Duration = .seconds(10)
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "localhost", port: port ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask {
                    var answer = ByteBuffer()
                    do {
                        for try await var bytes in inbound { answer.writeBuffer(&bytes) }
                    } catch {
                        // A reset ends the answer as a closing does.
                    }
                    return String(buffer: answer)
                }
                group.addTask {
                    for piece in pieces {
                        do {
                            try await outbound.write(ByteBuffer(string: piece))
                        } catch {
                            // The server has closed: what it said is with the reader.
                            break
                        }
                        try await Task.sleep(for: pause)
                    }
                    try await Task.sleep(for: patience)
                    return nil
                }
                let first = try await group.next() ?? nil
                group.cancelAll()
                return first ?? ""
            }
        }
    }
}
