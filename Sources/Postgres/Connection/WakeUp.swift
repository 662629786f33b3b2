import Foundation
import Synchronization

/// Ends a `poll` in another thread, once and for good.
final class WakeUp: Sendable {
    /// Readable from the first signal on; -1, which `poll` ignores, if the process has no file descriptors left.
    let readEnd: Int32
    private let writeEnd: Int32
    private let signalled = Atomic<Bool>(false)

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
    }

    deinit {
        if self.readEnd >= 0 { close(self.readEnd) }
        if self.writeEnd >= 0 { close(self.writeEnd) }
    }

    var isSignalled: Bool { self.signalled.load(ordering: .acquiring) }

    func signal() {
        guard !self.signalled.exchange(true, ordering: .acquiringAndReleasing), self.writeEnd >= 0 else { return }
        var byte: UInt8 = 1
        while write(self.writeEnd, &byte, 1) < 0 && errno == EINTR {}
    }

    /// Waits until `descriptor` is ready, a signal comes, or the time is over.
    ///
    /// - Parameters:
    ///   - descriptor: -1 for none.
    ///   - events: `POLLIN` or `POLLOUT`.
    ///   - timeout: nil for no limit.
    /// - Returns: whether `descriptor` is ready; an error or a hang-up counts as ready.
    func wait(for descriptor: Int32, events: Int32, timeout: Duration?) -> Bool {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while !self.isSignalled {
            var milliseconds: Int32 = -1
            if let deadline {
                let left = (deadline - .now).components
                let rounded = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
                milliseconds = Int32(clamping: max(0, rounded))
            }
            // Without a wake-up pipe, look at the flag every so often instead.
            if self.readEnd < 0 { milliseconds = milliseconds < 0 ? 200 : min(milliseconds, 200) }
            var descriptors = [
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
                pollfd(fd: self.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&descriptors, 2, milliseconds)
            if ready > 0 && descriptors[0].revents != 0 { return true }
            if let deadline, deadline <= .now { return false }
        }
        return false
    }
}
