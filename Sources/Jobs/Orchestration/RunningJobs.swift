import Foundation
import PulseModel
import Store
import Synchronization

/// The jobs that one orchestrator runs at this moment.
final class RunningJobs: Sendable {
    struct Entry: Sendable {
        var job: ClaimedJob
        var context: JobContext
        var control: JobControl
    }

    private let entries = Mutex<[UUID: Entry]>([:])

    var all: [Entry] { self.entries.withLock { Array($0.values) } }
    var isEmpty: Bool { self.entries.withLock { $0.isEmpty } }

    func add(_ entry: Entry) { self.entries.withLock { $0[entry.job.fence.run] = entry } }

    func remove(_ job: ClaimedJob) { self.entries.withLock { $0[job.fence.run] = nil } }
}
