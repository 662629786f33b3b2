import FloatJSON
import Foundation
import HTTPTransport
import Resilience

extension QdrantError {
    /// Why no whole answer arrived.
    init(_ error: HTTPTransportError, operation: QdrantOperation, configuration: QdrantConfiguration) {
        let kind: Kind =
            if !error.mayHaveArrived {
                .unreachable
            } else if operation.isWrite {
                .unknownOutcome
            } else {
                error.kind == .answerTooLarge ? .invalidAnswer : .unavailable
            }
        let message =
            switch error.kind {
            case .invalidURL: "Qdrant's URL \(configuration.shownURL) cannot be used; \(configuration.remedy)"
            case .cannotConnect: "cannot reach Qdrant at \(configuration.shownURL): \(error.detail); \(configuration.remedy)"
            case .timedOut, .connectionLost, .answerTooLarge: "\(error)"
            }
        self.init(kind, operation: operation.phrase, message: message)
    }

    /// What an answer other than 2xx means.
    ///
    /// | status | of a read | of a write |
    /// |---|---|---|
    /// | 401, 403 | unauthorized | unauthorized |
    /// | 404 | notFound | notFound |
    /// | 408 | unavailable | unknownOutcome |
    /// | 429 | rateLimited | rateLimited |
    /// | 503 | unavailable | unknownOutcome: a proxy says so too when the connection behind it broke after the request was sent |
    /// | 507 | unavailable | unavailable |
    /// | other 5xx | unavailable | unknownOutcome: a cluster may have applied it in part |
    /// | other 4xx | rejected | rejected |
    /// | 3xx | rejected | rejected |
    init(_ response: HTTPResponse, operation: QdrantOperation) {
        let kind: Kind =
            switch response.status {
            case 401, 403: .unauthorized
            case 404: .notFound
            case 429: .rateLimited
            case 507: .unavailable
            case 408, 500...: operation.isWrite ? .unknownOutcome : .unavailable
            default: .rejected
            }
        self.init(
            kind,
            operation: operation.phrase,
            status: response.status,
            message: Self.message(of: response),
            retryAfter: response.headers["Retry-After"].flatMap { RetryAfter.parse($0, now: Date()) }
        )
    }

    /// A 2xx answer that does not say what it should. A write is then one of unknown outcome.
    init(unreadable detail: String, operation: QdrantOperation, status: Int = 200) {
        let kind: Kind = operation.isWrite ? .unknownOutcome : .invalidAnswer
        self.init(kind, operation: operation.phrase, status: status, message: detail)
    }

    /// Qdrant's own words; those of a proxy are cut short.
    private static func message(of response: HTTPResponse) -> String {
        if let error = try? FloatScanner.string(in: response.body, at: "status.error") {
            return "\(response.status) \(error)"
        }
        let text = response.text.split(whereSeparator: \.isNewline).first.map { String($0.prefix(200)) } ?? ""
        return text.isEmpty ? "status \(response.status)" : "\(response.status) \(text)"
    }
}

extension QdrantConfiguration {
    /// The URL without user name and password.
    var shownURL: String {
        guard var parts = URLComponents(string: self.url), parts.user != nil || parts.password != nil else { return self.url }
        parts.user = nil
        parts.password = nil
        return parts.string ?? "(unreadable URL)"
    }
}
