import HTTPTransport

extension EmbeddingError.Kind {
    /// What it means that no whole answer arrived.
    init(_ error: HTTPTransportError) {
        self =
            switch error.kind {
            case .invalidURL: .configuration
            case .answerTooLarge: .invalidAnswer
            case .cannotConnect where error.isLasting: .configuration
            case .cannotConnect, .timedOut, .connectionLost: .transient
            }
    }
}

extension EmbeddingError {
    /// The same, where its message says what the transport said.
    func naming(hostOf error: HTTPTransportError) -> EmbeddingError {
        guard OwnProviderID(self.provider) == nil, !error.host.isEmpty else { return self }
        var naming = self
        naming.hosts.append(error.host)
        return naming
    }
}
