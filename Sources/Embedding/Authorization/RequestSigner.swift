public import HTTPTransport

/// Puts authorization on a request, as its last change before it is sent.
public protocol RequestSigner: Sendable {
    /// - Throws: ``EmbeddingError``, or `CancellationError`.
    func authorize(_ request: HTTPRequest) async throws -> HTTPRequest
    /// The provider refused the authorization of `request`: a token in it is worth nothing any more.
    ///
    /// - Parameter request: as ``authorize(_:)`` returned it.
    /// - Returns: whether the same request may succeed with new authorization.
    func refused(_ request: HTTPRequest) async -> Bool
}

extension RequestSigner {
    public func refused(_ request: HTTPRequest) async -> Bool { false }
}
