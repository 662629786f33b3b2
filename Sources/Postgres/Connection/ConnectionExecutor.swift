import Dispatch

/// Runs the jobs of one connection on a serial queue of its own, so that libpq may block there and never blocks the threads
/// that all tasks share.
final class ConnectionExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "postgres.connection")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
