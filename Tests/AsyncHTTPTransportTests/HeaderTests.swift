import AsyncHTTPClient
import AsyncHTTPTransport
import HTTPTransport
import Testing

@Suite("Headers that cannot be sent")
struct HeaderTests {
    @Test(
        "They are the request's fault, which nothing reached, and their values are not told",
        arguments: [("X Key", "secret"), ("X-Key", "secret\u{0}"), ("Größe", "secret")]
    )
    func refused(name: String, value: String) async throws {
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        let transport = AsyncHTTPTransport(client: http)
        let request = SentRequest(.get, "http://127.0.0.1:1/", headers: [name: value], timeout: .seconds(60))
        let error = await #expect(throws: HTTPTransportError.self) { try await transport.send(request) }
        try await http.shutdown()
        #expect(error?.kind == .invalidURL && error?.mayHaveArrived == false, "\(error.map(String.init(describing:)) ?? "")")
        #expect(error?.description.contains("header") == true && error?.description.contains("secret") == false)
    }
}
