import HTTPTransport

extension EmbeddingError {
    /// The same, where its message says what the transport said.
    func naming(hostOf error: HTTPTransportError) -> EmbeddingError {
        guard OwnProviderID(self.provider) == nil, !error.host.isEmpty else { return self }
        var naming = self
        naming.hosts.append(error.host)
        return naming
    }
}
