import AsyncHTTPClient
import AsyncHTTPTransport
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Testing

@Suite("Where URLs of tenants may lead")
struct AddressTests {
    @Test(
        "Addresses of this machine, of private, shared and local networks, of clouds' metadata and of reserved ranges are not public",
        arguments: [
            "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1", "100.127.255.255", "198.18.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
            "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2001:0:4136:e378::1", "2001:db8::1", "[::1]",
        ]
    )
    func inside(address: String) throws {
        #expect(try !#require(IPAddress(address)).isPublic)
    }

    @Test(
        "Others are",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
            "192.167.255.255",
            "169.253.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1",
        ]
    )
    func outside(address: String) throws {
        #expect(try #require(IPAddress(address)).isPublic)
    }

    @Test("Networks are read and hold what they say, and nothing else is one")
    func networks() throws {
        let network = try #require(IPNetwork("10.1.0.0/15"))
        #expect(network.contains(try #require(IPAddress("10.1.255.255"))))
        #expect(!network.contains(try #require(IPAddress("10.2.0.0"))))
        #expect(try #require(IPNetwork("fd00::/8")).contains(try #require(IPAddress("fdff::1"))))
        #expect(try #require(IPNetwork("10.1.2.3")).contains(try #require(IPAddress("10.1.2.3"))))
        for text in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/-1", "10.0.0.0/8/8", "localhost"] {
            #expect(IPNetwork(text) == nil, "\(text)")
        }
        let rule = AddressRule(allowing: [network])
        #expect(rule.permits(try #require(IPAddress("10.1.0.1"))))
        #expect(rule.permits(try #require(IPAddress("::ffff:10.1.0.1"))))
        #expect(!rule.permits(try #require(IPAddress("10.3.0.1"))))
        #expect(rule.permits(try #require(IPAddress("1.1.1.1"))))
    }

    @Test("An address is judged when it is given, with its port, in whatever form")
    func given() async throws {
        let rule = AddressRule()
        for host in ["127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:443", "10.0.0.1:1", "localhost"] {
            #expect(await rule.objection(to: host)?.contains("PULSE_ALLOWED_NETWORKS") == true, "\(host)")
        }
        #expect(await rule.objection(to: "1.1.1.1:443") == nil)
        let allowing = AddressRule(allowing: try [#require(IPNetwork("127.0.0.0/8")), #require(IPNetwork("::1"))])
        for host in ["127.0.0.1:8080", "[::1]:443"] { #expect(await allowing.objection(to: host) == nil) }
    }

    /// A server on this machine that counts who gets through.
    private func served(
        rule: AddressRule,
        checksNames: Bool = true,
        _ body: @escaping @Sendable (AsyncHTTPTransport, Int) async throws -> Void
    ) async throws {
        let router = Router()
        router.get("/") { _, _ in "inside" }
        router.get("/redirect") { _, _ in
            Response(status: .found, headers: [.location: "http://169.254.169.254/latest/meta-data/"])
        }
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            var configuration = HTTPClient.Configuration()
            configuration.refuseAddresses(rule)
            configuration.redirectConfiguration = .disallow
            configuration.connectionPool.retryConnectionEstablishment = false
            let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(AsyncHTTPTransport(client: http, rule: checksNames ? rule : nil), port))
            } catch {
                result = .failure(error)
            }
            try await http.shutdown()
            try result.get()
        }
    }

    @Test(
        "A URL that leads inside is refused before anything is sent, however it is written",
        arguments: ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"]
    )
    func refused(host: String) async throws {
        try await self.served(rule: AddressRule()) { transport, port in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(SentRequest(.get, "http://\(host):\(port)/", timeout: .seconds(60)))
            }
            #expect(error?.kind == .invalidURL, "\(error.map(String.init(describing:)) ?? "")")
            #expect(error?.mayHaveArrived == false)
        }
    }

    @Test("A name that leads elsewhere when it is looked up for the connection is refused there")
    func rebinding() async throws {
        // Without the first look-up: as if it had found a public address.
        try await self.served(rule: AddressRule(), checksNames: false) { transport, port in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(SentRequest(.get, "http://localhost:\(port)/", timeout: .seconds(60)))
            }
            #expect(error?.kind == .invalidURL, "\(error.map(String.init(describing:)) ?? "")")
            #expect(error?.detail.contains("no public address") == true)
        }
    }

    @Test("What the installation allows is reached, and a redirect is handed back, not followed")
    func allowed() async throws {
        let loopback = ["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) }
        try await self.served(rule: AddressRule(allowing: loopback)) { transport, port in
            let answer = try await transport.send(SentRequest(.get, "http://127.0.0.1:\(port)/", timeout: .seconds(60)))
            #expect(answer.text == "inside")
            let redirect = try await transport.send(SentRequest(.get, "http://127.0.0.1:\(port)/redirect", timeout: .seconds(60)))
            #expect(redirect.status == 302)
            let location = try #require(redirect.headers["location"])
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(SentRequest(.get, location, timeout: .seconds(60)))
            }
            #expect(error?.detail.contains("169.254.169.254") == true)
        }
    }
}
