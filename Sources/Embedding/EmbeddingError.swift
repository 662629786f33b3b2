/// Why a request for vectors failed, and thereby what to do about it.
public struct EmbeddingError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// Time-out, reset, overload, 5xx: the same request may succeed later.
        case transient
        /// Refused for now.
        case rateLimited
        /// Key, permission, model name, provider file: a person must mend it.
        case configuration
        /// The request as a whole is too large or one of its texts is unacceptable: split it to find the culprit.
        case splittable
        /// This very text, sent alone, is refused.
        case content
        /// The answer breaks the contract: wrong count, wrong dimension, not finite, zero, not JSON.
        case invalidAnswer
    }

    public var kind: Kind
    /// The provider's id.
    public var provider: String
    /// What happened and what to do; holds no secret and no text of a tenant.
    public var message: String
    /// HTTP status, where there was one.
    public var status: Int?
    /// What the provider asked to wait.
    public var retryAfter: Duration?
    /// Whether a text was refused for its length: it may pass in parts.
    public var isTooLong = false
    /// Whether it is the provider's failing and no text's: a text that any service takes fared no better.
    public var isOfEveryText = false
    /// Whether nobody was asked: the provider has failed so often that it is left alone for now.
    public var isLeftAlone = false
    /// Whether the texts that it is about are the only ones: another takes those that were sent with them, and all that follow.
    public var isOfTheseTexts = false
    /// Whether the provider took a harmless text right after it had failed on this one.
    public var othersAreTaken = false
    /// The failure for which it is left alone, as its ``description``.
    public var cause: String?
    /// Hosts of the installation that ``message`` and ``cause`` name. The address of a tenant's own provider is the tenant's to know.
    public var hosts: [String] = []

    public init(_ kind: Kind, provider: String, message: String, status: Int? = nil, retryAfter: Duration? = nil) {
        self.kind = kind
        self.provider = provider
        self.message = message
        self.status = status
        self.retryAfter = retryAfter
    }

    public var description: String { "\(self.provider): \(self.message)" }

    /// Whether the service may be well, and fail on a text that it was sent: it answered, and did not ask to wait, as one does that has
    /// too much to do.
    var mayBeOfText: Bool {
        self.kind == .transient && !self.isLeftAlone && self.status != nil && (self.retryAfter ?? .zero) <= .zero
    }

    /// The same for those who use the service and do not run it: it names none of the installation's hosts.
    public var publicDescription: String { self.withoutHosts(self.description) }

    /// ``cause``, without the installation's hosts.
    public var publicCause: String? { self.cause.map(self.withoutHosts) }

    private func withoutHosts(_ text: String) -> String {
        self.hosts.reduce(text) { $0.replacing($1, with: "its host") }
    }
}
