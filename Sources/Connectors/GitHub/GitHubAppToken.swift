import Foundation
import HTTPTransport

/// The token of an app's installation: good for an hour, and got anew before it ends.
actor GitHubAppToken {
    /// A token with less left than that is renewed, so that none ends under way.
    private static let reserve: TimeInterval = 300
    /// GitHub takes proofs of ten minutes at most.
    private static let proofSeconds = 540
    /// Seconds that the two clocks may differ without anybody minding: dates are in whole seconds, and answers take their time.
    private static let tolerance: TimeInterval = 30

    private let appID: String
    private let installationID: String
    private let key: GitHubAppKey
    private let base: SourceURL
    private let transport: any HTTPTransport
    private let clock: SourceClock
    private var current: (token: String, expires: Date)?
    private var renewal: Task<String, any Error>?
    /// GitHub's clock less ours, as its answers have said.
    private var skew: TimeInterval = 0

    init(
        appID: String,
        installationID: String,
        key: GitHubAppKey,
        base: SourceURL,
        transport: any HTTPTransport,
        clock: SourceClock
    ) {
        self.appID = appID
        self.installationID = installationID
        self.key = key
        self.base = base
        self.transport = transport
        self.clock = clock
    }

    /// The value of the `authorization` header.
    ///
    /// - Throws: ``ConnectorError`` where the app or its installation is refused.
    func authorization() async throws -> String {
        if let current, current.expires.addingTimeInterval(-Self.reserve) > self.clock.now() { return "Bearer \(current.token)" }
        // Requests under way together wait for one renewal.
        if let renewal { return "Bearer \(try await renewal.value)" }
        let task = Task { try await self.renew() }
        self.renewal = task
        defer { self.renewal = nil }
        return "Bearer \(try await task.value)"
    }

    /// What GitHub has refused is not given out again, though it should be good for longer: whoever holds the app can revoke it.
    ///
    /// - Returns: whether the next one may be another.
    func forget(_ refused: String) -> Bool {
        if let current, refused == "Bearer \(current.token)" { self.current = nil }
        return true
    }

    private func renew() async throws -> String {
        let path = "\(self.base.path)/app/installations/\(self.installationID)/access_tokens"
        let url = SourceURL(origin: self.base.origin, target: path)
        for attempt in 1...3 {
            let request = HTTPRequest(
                .post,
                url.description,
                headers: [
                    "authorization": "Bearer \(try self.proof())", "accept": "application/vnd.github+json", "user-agent": "pulse",
                ]
            )
            let response: HTTPResponse
            do {
                response = try await self.transport.send(request)
            } catch let error as HTTPTransportError {
                guard attempt < 3 else { throw ConnectorError(.transient, unit: "app token", message: "\(error)") }
                try await self.clock.sleep(.seconds(2))
                continue
            }
            let json = (try? JSONParser.parse(response.body)) ?? .null
            // Proofs and ends are dated by GitHub's clock. One here that is a few minutes off passes with its proofs, but would hold
            // tokens for good after their end.
            let believed = self.skew
            if let date = response.headers["date"].flatMap(SourceDate.parseHTTP) {
                let skew = date.timeIntervalSince(self.clock.now())
                self.skew = abs(skew) > Self.tolerance ? skew : 0
            }
            if response.status == 201, let token = json["token"].text, let expires = json["expires_at"].date {
                self.current = (token, expires.addingTimeInterval(-self.skew))
                return token
            }
            // A clock that is wrong is refused like a wrong key.
            if response.status == 401, attempt == 1, abs(self.skew - believed) > Self.tolerance { continue }
            let verdict = SourceDialect.github.verdict(on: response, now: self.clock.now())
            if case .broken = verdict, attempt < 3 {
                try await self.clock.sleep(.seconds(2))
                continue
            }
            throw self.refusal(verdict, response, said: json["message"].text ?? "no reason given")
        }
        throw ConnectorError(.transient, unit: "app token", message: "GitHub gave no token")
    }

    /// Without the answer's status: whoever asks for an object takes a 404 for the object's.
    private func refusal(_ verdict: SourceDialect.Verdict, _ response: HTTPResponse, said: String) -> ConnectorError {
        let refused = "GitHub gives app \(self.appID) no token for installation \(self.installationID) (\(said))"
        let remedy = "check app_id, installation_id, that private_key is the app's, and this machine's clock"
        func error(_ kind: ConnectorError.Kind, _ message: String, retryAt: Date? = nil) -> ConnectorError {
            ConnectorError(kind, unit: "app token", message: message, retryAt: retryAt)
        }
        switch verdict {
        case .limited(let pause, let reason):
            let pause = pause ?? SourceDialect.github.unspecifiedWait
            return error(.rateLimited, "\(refused): \(reason)", retryAt: self.clock.now().addingTimeInterval(pause.seconds))
        case .broken: return error(.transient, "\(refused): try again later")
        case .refused(.notFound):
            return error(
                .authentication,
                "\(refused): the installation is gone or is another app's: install the app again, and check app_id and installation_id"
            )
        case .refused(.dataFormat): return error(.configuration, "\(refused): \(remedy)")
        case .refused(let kind): return error(kind, "\(refused): \(remedy)")
        }
    }

    /// A JSON Web Token that says who the app is (RFC 7519, RS256).
    private func proof() throws -> String {
        let now = Int(self.clock.now().timeIntervalSince1970 + self.skew)
        let header = JSONValue(["alg": .string("RS256"), "typ": .string("JWT")])
        let claims = JSONValue([
            // A minute back, for clocks that differ.
            "iat": JSONValue(now - 60), "exp": JSONValue(now + Self.proofSeconds), "iss": .string(self.appID),
        ])
        let message = "\(Self.encoded(header.bytes)).\(Self.encoded(claims.bytes))"
        let signature: [UInt8]
        do {
            signature = try self.key.sign(self.key.pem.value, Array(message.utf8))
        } catch {
            throw ConnectorError(
                .configuration,
                unit: "app token",
                message: "private_key cannot sign: give the app's private key in PEM form, as GitHub let you download it"
            )
        }
        return "\(message).\(Self.encoded(signature))"
    }

    /// Base64 for URLs, without padding (RFC 4648 §5).
    private static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
