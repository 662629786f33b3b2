import Crypto
import CryptoExtras
import Foundation
import HTTPTransport
import Testing

@testable import Embedding

@Suite("Every provider file against a server that plays its provider, over sockets")
struct PlayedProviderTests {
    private static let functions = SigningFunctions(
        sha256: { Array(SHA256.hash(data: $0)) },
        hmacSHA256: { Array(HMAC<SHA256>.authenticationCode(for: $1, using: SymmetricKey(data: $0))) },
        rs256: { pem, message in
            let key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
            return Array(try key.signature(for: Data(message), padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    )

    private func provider(_ contract: ProviderContract, transport: any HTTPTransport) throws -> HTTPEmbeddingProvider {
        let environment = contract.environment
        return try HTTPEmbeddingProvider(
            definition: try ProviderCatalog(directory: ProviderContractTests.directory).definition(contract.id),
            transport: transport,
            environment: { environment[$0] },
            signingFunctions: Self.functions
        )
    }

    /// Signs what has arrived again: only the very request that was signed has this signature.
    private static func checkSignature(_ request: HTTPRequest, contract: ProviderContract) -> String? {
        guard contract.headers["Authorization"]?.hasPrefix("AWS4") == true else { return nil }
        guard let date = request.headers["x-amz-date"] else { return "it is not dated" }
        let day = String(date.prefix(8))
        let parts = (request.headers["authorization"] ?? "").split(separator: ", ")
        guard parts.count == 3, let credential = parts[0].split(separator: "/", maxSplits: 1).last,
            credential == "\(day)/eu-west-1/bedrock/aws4_request"
        else { return "the credential is \(parts)" }
        let names = parts[1].dropFirst("SignedHeaders=".count).split(separator: ";").map(String.init)
        guard names.contains("host"), names.contains("x-amz-date") else { return "host and date are not signed" }
        let rest = request.url.dropFirst("https://".count)
        let host = String(rest.prefix { $0 != "/" })
        let path = rest.drop { $0 != "/" }.split(separator: "/").map { PercentEncoding.encode($0) }.joined(separator: "/")
        let canonical = [
            "POST", "/" + path, "", names.map { "\($0):\($0 == "host" ? host : request.headers[$0] ?? "")\n" }.joined(),
            names.joined(separator: ";"),
            Self.hexadecimal(Self.functions.sha256(request.body ?? [])),
        ].joined(separator: "\n")
        let text = ["AWS4-HMAC-SHA256", date, String(credential), Self.hexadecimal(Self.functions.sha256(Array(canonical.utf8)))]
        var key = Array("AWS4SECRET-1".utf8)
        for step in [day, "eu-west-1", "bedrock", "aws4_request", text.joined(separator: "\n")] {
            key = Self.functions.hmacSHA256(key, Array(step.utf8))
        }
        let wanted = Self.hexadecimal(key)
        return parts[2] == "Signature=\(wanted)" ? nil : "the signature is wrong"
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

    @Test(
        "Documents and queries are sent as documented, and the documented answer is read",
        arguments: ProviderContractTests.contracts
    )
    func documented(contract: ProviderContract) async throws {
        var contract = contract
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        if contract.id == "vertex" {
            let file = [
                "client_email": "a@b.example", "private_key": key.pemRepresentation, "token_uri": "https://oauth2.test/token",
            ]
            contract.environment["GOOGLE_APPLICATION_CREDENTIALS"] = String(
                decoding: try JSONEncoder().encode(file),
                as: UTF8.self
            )
        }
        let dimensions = try ProviderCatalog(directory: ProviderContractTests.directory).definition(contract.id).space.dimensions
        let played = PlayedProvider(
            contract,
            checkAuthorization: { [contract] in Self.checkSignature($0, contract: contract) },
            checkToken: { [contract] in Self.checkToken($0, contract: contract, key: key.publicKey) },
            answer: { [contract] number in
                // A query is answered with one vector.
                let body = contract.answer(dimensions: dimensions)
                return .init(headers: contract.answerHeaders, body: number == 1 ? body : Self.first(of: body, contract))
            }
        )
        try await played.serve { [contract] transport in
            let provider = try self.provider(contract, transport: transport)
            let texts = Array(ProviderContract.texts.prefix(provider.limits.items))
            let batch = try await provider.embed(texts, as: .document)
            #expect(batch.vectors.count == texts.count)
            #expect(batch.tokens == contract.tokens)
            for (seed, vector) in batch.vectors.enumerated() {
                let wanted = ProviderContract.vector(seed, dimensions: dimensions)
                #expect(zip(vector, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
            }
            #expect(try await provider.embed(["b"], as: .query).vectors.count == 1)
        }
        #expect(played.complaints == [])
        #expect(played.requests == 2)
        #expect(played.tokens <= 1, "one token serves all requests until it ends")
    }

    /// The answer with its first vector alone.
    private static func first(of body: [UInt8], _ contract: ProviderContract) -> [UInt8] {
        let text = String(decoding: body, as: UTF8.self)
        guard contract.answer.contains("<1>") || contract.answer.contains("<64:1>") else { return body }
        // What stands between the vectors, and around the second, goes.
        let shapes: [(String, String)] = [
            (#"(?s)\{"object":"embedding","index":1,"embedding":[^}]*\},\s*"#, ""),
            (#"(?s),\s*\{[^{}]*"embedding":\[*[^{}]*\}(?=\])"#, ""),
            (#"(?s),\{"values":[^}]*\}(?=\])"#, ""), (#"(?s),\{"embeddings":\{"values":.*\}\}(?=\])"#, ""),
            (#"(?s)(?<=\]),\s*\[[^\[\]]*\](?=\])"#, ""),
        ]
        for (pattern, replacement) in shapes {
            let shorter = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
            if shorter != text { return Array(shorter.utf8) }
        }
        return body
    }

    private static func checkToken(_ form: String, contract: ProviderContract, key: _RSA.Signing.PublicKey) -> String? {
        let fields = Dictionary(
            form.split(separator: "&").map { field -> (String, String) in
                let parts = field.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
                return (parts[0], parts.count > 1 ? parts[1] : "")
            }
        ) { first, _ in first }
        guard contract.id == "vertex" else {
            let wanted = ["grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": "KEY-1"]
            return fields == wanted ? nil : "the form is \(fields.keys.sorted())"
        }
        let parts = (fields["assertion"] ?? "").split(separator: ".").map { Self.base64URL($0) }
        guard fields["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer", parts.count == 3,
            let claims = try? JSONDecoder().decode(Claims.self, from: parts[1])
        else { return "the assertion is none" }
        let signed = (fields["assertion"] ?? "").split(separator: ".").prefix(2).joined(separator: ".")
        guard key.isValidSignature(.init(rawRepresentation: parts[2]), for: Data(signed.utf8), padding: .insecurePKCS1v1_5) else {
            return "the assertion's signature is wrong"
        }
        let isRight =
            claims.iss == "a@b.example" && claims.aud == "https://oauth2.test/token" && claims.exp - claims.iat == 3600
            && claims.scope == "https://www.googleapis.com/auth/cloud-platform"
            && abs(Date().timeIntervalSince1970 - claims.iat) < 60
        return isRight ? nil : "the claims are \(claims)"
    }

    private struct Claims: Decodable {
        var iss: String
        var scope: String
        var aud: String
        var iat: Double
        var exp: Double
    }

    private static func base64URL(_ text: Substring) -> Data {
        var text = text.replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: String(text)) ?? Data()
    }

    @Test("Its error is understood as it comes over the wire", arguments: ProviderContractTests.contracts)
    func failure(contract: ProviderContract) async throws {
        let failure = contract.failure
        let played = PlayedProvider(contract) { _ in
            .init(status: failure.status, headers: failure.headers, body: Array(failure.body.utf8))
        }
        var known = contract
        if contract.id == "vertex" {
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            let file = [
                "client_email": "a@b.example", "private_key": key.pemRepresentation, "token_uri": "https://oauth2.test/token",
            ]
            known.environment["GOOGLE_APPLICATION_CREDENTIALS"] = String(decoding: try JSONEncoder().encode(file), as: UTF8.self)
        }
        try await played.serve { [known] transport in
            let provider = try self.provider(known, transport: transport)
            let texts = Array(ProviderContract.texts.prefix(provider.limits.items))
            let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(texts, as: .document) }
            #expect(error?.kind == failure.kind)
            #expect(error?.retryAfter == failure.retryAfter)
            #expect(error?.message.contains(failure.says) == true, "\(error?.message ?? "")")
        }
        #expect(played.complaints == [])
    }
}
