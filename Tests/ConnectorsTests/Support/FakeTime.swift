import Foundation
import Synchronization

@testable import Connectors

/// A clock that jumps instead of waiting.
final class FakeTime: Sendable {
    private let state: Mutex<(now: Date, sleeps: [Double])>

    init(_ now: Date = Date(timeIntervalSince1970: 1_750_000_000)) { self.state = Mutex((now, [])) }

    var now: Date { self.state.withLock { $0.now } }
    var sleeps: [Double] { self.state.withLock { $0.sleeps } }

    var clock: SourceClock {
        SourceClock(
            now: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
                self.state.withLock {
                    $0.now += seconds
                    $0.sleeps.append(seconds)
                }
            },
            random: { 0.5 }
        )
    }
}
