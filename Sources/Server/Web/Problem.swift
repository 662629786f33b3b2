import Foundation
import Hummingbird
import NIOCore
import Search
import Store

/// An answer that says what went wrong, as `application/problem+json` (RFC 9457) with two members of our own: `code`, which
/// programs can rely on, and `remedy`, which tells a person what to do.
struct Problem: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    var code: String
    var title: String
    var detail: String
    var remedy: String
    var headers: [Header] = []

    struct Header: Sendable, Equatable {
        var name: String
        var value: String
    }

    // MARK: Kinds

    static func invalid(_ field: String, _ detail: String, allowed: String) -> Problem {
        Problem(
            status: .badRequest,
            code: "invalid_request",
            title: "Invalid request",
            detail: "\(field): \(detail)",
            remedy: allowed
        )
    }

    static let unauthenticated = Problem(
        status: .unauthorized,
        code: "unauthenticated",
        title: "No valid API key",
        detail: "the API key is missing, unknown, expired or revoked",
        remedy: "send the key as `Authorization: Bearer pulse_…` or `X-API-Key: pulse_…`; `pulse tenant create` prints one",
        headers: [Header(name: "www-authenticate", value: "Bearer realm=\"pulse\"")]
    )

    static func forbidden(needed: Principal.Role, has: Principal.Role) -> Problem {
        Problem(
            status: .forbidden,
            code: "forbidden",
            title: "The key may not do this",
            detail: "this needs the role \(needed.rawValue); the key has the role \(has.rawValue)",
            remedy: "use a key of the role \(needed.rawValue)"
        )
    }

    static let foreignOrigin = Problem(
        status: .forbidden,
        code: "foreign_origin",
        title: "Not from this page",
        detail: "the page that opens the channel is of another origin than the server",
        remedy: "open the page from the server itself, or name its origin in the server's configuration"
    )

    /// The remedy for a wrong address.
    static let whereAddressesAre = "see /openapi.json, or /docs, for the addresses of the API"

    static func notFound(_ detail: String, remedy: String) -> Problem {
        Problem(status: .notFound, code: "not_found", title: "There is nothing here", detail: detail, remedy: remedy)
    }

    static let tooLarge = Problem(
        status: .contentTooLarge,
        code: "too_large",
        title: "The body is too large",
        detail: "a body has at most \(PulseContext.largestBody) bytes",
        remedy: "send a shorter query or fewer filter values",
        // The rest of the body is not read.
        headers: [Header(name: "connection", value: "close")]
    )

    static func tooMany(_ detail: String, remedy: String, retryAfter: Int) -> Problem {
        Problem(
            status: .tooManyRequests,
            code: "too_many",
            title: "Too many at once",
            detail: detail,
            remedy: remedy,
            headers: [Header(name: "retry-after", value: String(retryAfter))]
        )
    }

    static let upgradeRequired = Problem(
        status: .upgradeRequired,
        code: "upgrade_required",
        title: "This is a WebSocket",
        detail: "the progress channels speak WebSocket, version 13",
        remedy: "open the address with a WebSocket client, as the first request of its connection",
        headers: [
            Header(name: "upgrade", value: "websocket"), Header(name: "connection", value: "close"),
            Header(name: "sec-websocket-version", value: "13"),
        ]
    )

    static let nothingIndexed = Problem(
        status: .conflict,
        code: "nothing_indexed",
        title: "Nothing is indexed yet",
        detail: "the tenant has no vectors yet",
        remedy: "connect a source with `pulse integration add`, then run `pulse sync` and `pulse vectorize`"
    )

    static func unavailable(_ detail: String, remedy: String = "try again shortly; `GET /ready` names what is away") -> Problem {
        Problem(
            status: .serviceUnavailable,
            code: "unavailable",
            title: "Service temporarily unavailable",
            detail: detail,
            remedy: remedy,
            headers: [Header(name: "retry-after", value: "5")]
        )
    }

    // MARK: From errors

    /// What the client is told of an error. Texts of the database and of Qdrant stay in the log: they name hosts and statements.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case is NIOTooManyBytesError: self = .tooLarge
        case SearchError.invalid(let reason): self = .invalid("search", reason, allowed: "correct the request")
        case SearchError.nothingIndexed: self = .nothingIndexed
        case SearchError.unavailable:
            self = .unavailable("PostgreSQL, Qdrant or the embedding provider does not answer as it should")
        case StoreError.notMigrated: self = .unavailable("the database lacks migrations", remedy: "run `pulse migrate`")
        // It names what of the configuration is missing, and no host.
        case let error as VaultError:
            self = .unavailable(
                "the tenant's secrets cannot be read: \(error)",
                remedy: "have it mended by whoever runs the installation, then send the request again"
            )
        case let error as HTTPError: self = Self.ofHTTP(error)
        default: self = .unavailable("PostgreSQL or another component is not responding")
        }
    }

    init(
        status: HTTPResponse.Status,
        code: String,
        title: String,
        detail: String,
        remedy: String,
        headers: [Header] = []
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.headers = headers
    }

    private static func ofHTTP(_ error: HTTPError) -> Problem {
        switch error.status {
        case .notFound:
            .notFound("there is no such address, or not with this method", remedy: Self.whereAddressesAre)
        case .contentTooLarge: .tooLarge
        default:
            Problem(
                status: error.status,
                code: "refused",
                title: error.status.reasonPhrase,
                detail: error.body ?? "the request was refused",
                remedy: "correct the request"
            )
        }
    }

    // MARK: As an answer

    var headerFields: HTTPFields {
        var fields = HTTPFields()
        for header in self.headers { fields.set(header.name, header.value) }
        fields.set("content-type", "application/problem+json")
        return fields
    }

    var body: [UInt8] {
        let members = Members(
            type: "urn:pulse:problem:\(self.code)",
            title: self.title,
            status: self.status.code,
            detail: self.detail,
            code: self.code,
            remedy: self.remedy
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // Six plain members always encode.
        return (try? encoder.encode(members)).map(Array.init) ?? []
    }

    var response: Response {
        Response(status: self.status, headers: self.headerFields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: self.body)))
    }

    private struct Members: Encodable {
        var type: String
        var title: String
        var status: Int
        var detail: String
        var code: String
        var remedy: String
    }
}
