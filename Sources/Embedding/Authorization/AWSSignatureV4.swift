import Foundation
import HTTPTransport

/// AWS Signature Version 4 in the `Authorization` header
/// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
struct AWSSignatureV4: RequestSigner {
    let service: String
    let region: String
    let accessKey: String
    let secretKey: String
    let sessionToken: String?
    let functions: SigningFunctions
    var now: @Sendable () -> Date = { Date() }

    func authorize(_ request: HTTPRequest) async throws -> HTTPRequest {
        let (host, path, query) = Self.parts(of: request.url)
        let time = Self.timestamp(self.now())
        let day = String(time.prefix(8))
        let scope = "\(day)/\(self.region)/\(self.service)/aws4_request"

        var request = request
        request.headers["X-Amz-Date"] = time
        request.headers["X-Amz-Security-Token"] = self.sessionToken
        // Proxies may change other headers on the way; these they leave alone.
        let signed = ["content-type", "host", "x-amz-date", "x-amz-security-token"].compactMap { name -> (String, String)? in
            let value = name == "host" ? host : request.headers[name]
            return value.map { (name, $0.split(separator: " ").joined(separator: " ")) }
        }
        let names = signed.map(\.0).joined(separator: ";")
        let canonical = [
            request.method.rawValue,
            // Every service but S3 encodes the path a second time.
            path.split(separator: "/", omittingEmptySubsequences: false).map { PercentEncoding.encode($0) }.joined(
                separator: "/"
            ),
            Self.canonical(query: query),
            signed.map { "\($0.0):\($0.1)\n" }.joined(),
            names,
            self.hexadecimal(self.functions.sha256(request.body ?? [])),
        ].joined(separator: "\n")
        let text = ["AWS4-HMAC-SHA256", time, scope, self.hexadecimal(self.functions.sha256(Array(canonical.utf8)))]
            .joined(separator: "\n")
        var key = Array("AWS4\(self.secretKey)".utf8)
        for part in [day, self.region, self.service, "aws4_request", text] {
            key = self.functions.hmacSHA256(key, Array(part.utf8))
        }
        request.headers["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(self.accessKey)/\(scope), SignedHeaders=\(names), Signature=\(self.hexadecimal(key))"
        return request
    }

    /// By name, then by value, each in byte order; a name alone has an empty value.
    private static func canonical(query: String) -> String {
        let pairs = query.split(separator: "&").map { pair -> (name: Substring, value: Substring) in
            let name = pair.prefix { $0 != "=" }
            return (name, pair.dropFirst(name.count + 1))
        }
        return pairs.sorted { $0 < $1 }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func parts(of url: String) -> (host: String, path: String, query: String) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest.dropFirst(host.count)
        let path = tail.prefix { $0 != "?" }
        return (String(host), path.isEmpty ? "/" : String(path), String(tail.dropFirst(path.count + 1)))
    }

    /// `20150830T123600Z`.
    static func timestamp(_ date: Date) -> String {
        let seconds = Int(date.timeIntervalSince1970.rounded(.down))
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        // Days to a date of the proleptic Gregorian calendar, in years that begin in March.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * march + 2) / 5 + 1
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)\(two(month))\(two(day))T\(two(rest / 3600))\(two(rest / 60 % 60))\(two(rest % 60))Z"
    }
}
