/// Sends one HTTP request and returns the whole answer.
///
/// The clients of Qdrant, of embedding providers, of GitHub and of Jira are written against this protocol. `AsyncHTTPTransport`
/// drives it with AsyncHTTPClient; ``ScriptedTransport`` answers from a closure, for tests.
public protocol HTTPTransport: Sendable {
    /// Sends `request` and collects its answer.
    ///
    /// - Returns: the answer, whatever its status.
    /// - Throws: ``HTTPTransportError`` where no whole answer arrived, `CancellationError` where the task was cancelled.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}
