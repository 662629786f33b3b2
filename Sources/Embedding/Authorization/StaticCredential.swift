import Foundation
import HTTPTransport

/// Authorization that is the same on every request: a header, a query variable, or nothing.
struct StaticCredential: RequestSigner {
    enum Place: Sendable {
        case none
        case header(name: String, value: String)
        case query(name: String, value: String)
    }

    let place: Place

    static func basic(user: String, secret: String) -> StaticCredential {
        StaticCredential(
            place: .header(name: "Authorization", value: "Basic " + Data("\(user):\(secret)".utf8).base64EncodedString())
        )
    }

    func authorize(_ request: HTTPRequest) async throws -> HTTPRequest {
        var request = request
        switch self.place {
        case .none: break
        case .header(let name, let value): request.headers[name] = value
        case .query(let name, let value):
            request.url += (request.url.contains("?") ? "&" : "?") + PercentEncoding.form([(name, value)])
        }
        return request
    }
}
