import Hummingbird

extension Request {
    var query: Query { Query(uri.query) }

    /// `http://host:port/prefix` as this client knows it, so that links lead back to where it came from.
    func base(_ prefix: String) -> String {
        "http://" + (head.authority ?? "localhost") + "/" + prefix
    }

    /// The body as JSON; an absent body is an empty object.
    func jsonBody() async throws -> JSONValue {
        let buffer = try await body.collect(upTo: 64 * 1024 * 1024)
        let bytes = Array(buffer.readableBytesView)
        return bytes.isEmpty ? .object([]) : try JSONParser.parse(bytes)
    }
}
