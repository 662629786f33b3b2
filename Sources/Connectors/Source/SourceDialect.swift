import Foundation
import HTTPTransport
import Resilience

/// How a source says no.
enum SourceDialect: Sendable {
    case github
    case jira

    var name: String {
        switch self {
        case .github: "GitHub"
        case .jira: "Jira"
        }
    }

    /// What an answer that is neither success nor redirect asks for.
    enum Verdict: Equatable {
        /// Come back after that long: it is the limit, not the request. Nil where the source does not say.
        case limited(Duration?, reason: String)
        /// Something broke over there.
        case broken(Duration?)
        case refused(ConnectorError.Kind)
    }

    func verdict(on response: HTTPResponse, now: Date) -> Verdict {
        let retryAfter = response.headers["retry-after"].flatMap { RetryAfter.parse($0, now: now) }
        switch response.status {
        case 429:
            return .limited(retryAfter ?? self.reset(response, now: now), reason: self.limitReason(response))
        case 403 where self == .github:
            return self.forbidden(response, retryAfter: retryAfter, now: now)
        case 401: return .refused(.authentication)
        case 402, 403, 451: return .refused(.permission)
        case 404, 410: return .refused(.notFound)
        case 408, 425, 500...599: return .broken(retryAfter)
        case 400, 422: return .refused(.configuration)
        default: return .refused(.dataFormat)
        }
    }

    /// What an answer that looks like success says all the same: GitHub's GraphQL answers 200 to its limits, and to queries that it
    /// gave up.
    ///
    /// - Returns: nil where it is an answer, which may still hold errors of single fields.
    func verdict(onAnswer json: JSONValue, _ response: HTTPResponse, now: Date) -> Verdict? {
        guard self == .github, let errors = json["errors"].array, !errors.isEmpty else { return nil }
        let retryAfter = response.headers["retry-after"].flatMap { RetryAfter.parse($0, now: now) }
        for error in errors {
            let text = error["message"].string?.lowercased() ?? ""
            if error["type"].string == "RATE_LIMITED" || error["type"].string == "RATE_LIMIT"
                || text.hasPrefix("api rate limit exceeded")
            {
                return .limited(retryAfter ?? self.reset(response, now: now), reason: "rate limit")
            }
            if text.contains("secondary rate limit") || text.contains("abuse detection") {
                return .limited(retryAfter, reason: "secondary rate limit")
            }
        }
        // Nothing came: "Something went wrong while executing your query."
        if json["data"].isNull, errors.allSatisfy({ $0["type"].isNull && $0["extensions"].isNull && $0["path"].isNull }) {
            return .broken(retryAfter)
        }
        return nil
    }

    /// Which scope or permission was missing, where the answer says so.
    func lack(_ response: HTTPResponse) -> String? {
        guard self == .github else { return nil }
        if let permissions = response.headers["x-accepted-github-permissions"], !permissions.isEmpty {
            return "the token needs the permission \(permissions)"
        }
        guard let needed = response.headers["x-accepted-oauth-scopes"], !needed.isEmpty,
            let has = response.headers["x-oauth-scopes"]
        else { return nil }
        let scopes = Set(has.split(separator: ",").map { $0.filter { $0 != " " } })
        let accepted = needed.split(separator: ",").map { $0.filter { $0 != " " } }
        guard !accepted.contains(where: scopes.contains) else { return nil }
        return "the token needs one of the scopes \(needed), and has \(has.isEmpty ? "none" : has)"
    }

    /// GitHub says 403 to a missing permission and to both of its limits. Order of the signs: GitHub's "Rate
    /// limits for the REST API".
    private func forbidden(_ response: HTTPResponse, retryAfter: Duration?, now: Date) -> Verdict {
        if let retryAfter { return .limited(retryAfter, reason: "secondary rate limit") }
        if response.headers["x-ratelimit-remaining"] == "0" {
            return .limited(self.reset(response, now: now), reason: "rate limit")
        }
        let text = response.text.lowercased()
        if text.contains("secondary rate limit") || text.contains("abuse detection") || response.headers["gh-limited-by"] != nil {
            return .limited(nil, reason: "secondary rate limit")
        }
        return .refused(.permission)
    }

    private func limitReason(_ response: HTTPResponse) -> String {
        switch self {
        case .github: response.headers["x-ratelimit-remaining"] == "0" ? "rate limit" : "secondary rate limit"
        case .jira: response.headers["ratelimit-reason"].map { "rate limit (\($0))" } ?? "rate limit"
        }
    }

    /// Until the limit opens again, by the headers; a second more, because both round down.
    func reset(_ response: HTTPResponse, now: Date) -> Duration? {
        // The source's own clock, where it says it: ours may be wrong, and what matters is how long it is from its now to its reset.
        let now = response.headers["date"].flatMap(SourceDate.parseHTTP) ?? now
        switch self {
        case .github:
            guard response.headers["x-ratelimit-remaining"] == "0", let text = response.headers["x-ratelimit-reset"],
                let epoch = Double(text), epoch.isFinite
            else { return nil }
            return .seconds(max(0, min(epoch - now.timeIntervalSince1970, 1e7)) + 1)
        case .jira:
            if let text = response.headers["x-ratelimit-reset"], let date = SourceDate.parse(text) {
                return .seconds(max(0, min(date.timeIntervalSince(now), 1e7)) + 1)
            }
            // Quotas are per UTC hour; bursts pass within seconds and are left to the backoff.
            guard response.headers["ratelimit-reason"]?.contains("quota") == true else { return nil }
            return .seconds(3_600 - now.timeIntervalSince1970.truncatingRemainder(dividingBy: 3_600) + 1)
        }
    }

    /// Whether the credentials were not taken and the answer is what anybody may see: Jira then says 200 and shows nothing, which
    /// would pass for an empty site.
    func isAnonymous(_ response: HTTPResponse) -> Bool {
        guard self == .jira, let reason = response.headers["x-seraph-loginreason"] else { return false }
        return reason.contains("AUTHENTICATED_FAILED") || reason.contains("AUTHENTICATION_DENIED")
    }

    /// The least wait where a limit names none: GitHub asks for a minute.
    var unspecifiedWait: Duration {
        switch self {
        case .github: .seconds(60)
        case .jira: .seconds(2)
        }
    }

    /// What to do, for a person.
    func remedy(_ kind: ConnectorError.Kind, base: SourceURL) -> String {
        switch (kind, self) {
        case (.authentication, .github): "the token is not accepted: check that it is right, not expired and meant for \(base)"
        case (.authentication, .jira): "e-mail and API token are not accepted: check both, and that the token has not expired"
        case (.permission, .github): "the token lacks a permission for this: give it read access to the repository"
        case (.permission, .jira): "the account lacks a permission for this: give it Browse Projects"
        case (.notFound, .github): "it does not exist or the token cannot see it: check the name and the token's access"
        case (.notFound, .jira):
            "it does not exist or the account cannot see it: check base_url, the name and the account's access"
        case (.configuration, _): "the request is refused: check the integration's settings"
        case (.dataFormat, _): "the answer is unexpected: check that base_url is \(self.name)'s API address"
        case (.transient, _): "try again later"
        case (.rateLimited, _): "try again when the limit has passed"
        }
    }
}
