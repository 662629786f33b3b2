import HTTPTransport
import Synchronization

/// Remembers the requests that reached a fake.
final class Recorder: Sendable {
    private let requests = Mutex<[HTTPRequest]>([])

    func add(_ request: HTTPRequest) { self.requests.withLock { $0.append(request) } }
    func forget() { self.requests.withLock { $0 = [] } }
    var all: [HTTPRequest] { self.requests.withLock { $0 } }
    var urls: [String] { self.all.map(\.url) }
}
