import CLibPQ
import Foundation

/// The body of a listener's thread.
struct ListenerLoop {
    let configuration: PostgresConfiguration
    let channels: [String]
    /// Signalled when nobody consumes the events any more.
    let wakeUp: WakeUp
    let events: AsyncStream<PostgresListenerEvent>.Continuation

    func run() {
        var failures = 0
        while !self.wakeUp.isSignalled {
            do throws(PostgresError) {
                let link = try LibPQConnection.open(self.configuration, interruption: self.wakeUp)
                for channel in self.channels { _ = try link.execute("LISTEN " + quotedIdentifier(channel)) }
                failures = 0
                self.events.yield(.connected)
                self.receive(link)
            } catch {
                // Whatever the reason, a later attempt may succeed: the server restarts, a role is created.
            }
            failures += 1
            // 0.1 s, then twice as long each time, 10 s at most, spread so that many listeners do not come back at once.
            let seconds = min(0.1 * pow(2, Double(min(failures - 1, 10))), 10) * .random(in: 0.7..<1.3)
            _ = self.wakeUp.wait(for: -1, events: 0, timeout: .seconds(seconds))
        }
    }

    /// Returns when the connection is broken or the wake-up came.
    private func receive(_ link: LibPQConnection) {
        while !self.wakeUp.isSignalled {
            link.readPendingInput()
            while let notification = PQnotifies(link.pointer) {
                self.events.yield(
                    .notification(
                        channel: String(cString: notification.pointee.relname),
                        payload: String(cString: notification.pointee.extra)
                    )
                )
                PQfreemem(notification)
            }
            guard link.isOpen else { return }
            _ = self.wakeUp.wait(for: link.socket, events: Int32(POLLIN), timeout: nil)
        }
    }
}
