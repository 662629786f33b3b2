public import HTTPTransport

/// Puts authorization on a request, as its last change before it is sent.
public protocol RequestSigner: Sendable {
    /// - Throws: ``EmbeddingError``, or `CancellationError`.
    func authorize(_ request: HTTPRequest) async throws -> HTTPRequest
    /// The provider refused the authorization: a cached token is worth nothing any more.
    ///
    /// - Returns: whether the same request may succeed with new authorization.
    func refused() async -> Bool
}

extension RequestSigner {
    public func refused() async -> Bool { false }
}
