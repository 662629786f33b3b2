import Logging
public import Store

/// What the server needs from the floors beside it, wired by the executable. A part that is nil leaves its routes out.
public struct ServerParts: Sendable {
    /// Encrypts the tenants' secrets; nil where the installation has no key to do so.
    public var cipher: (any SecretSealing)?
    /// Whose JSON Web Tokens open the API, beside API keys.
    public var tokens: TokenTrust?
    public var integrations: (any IntegrationChecking)?
    public var audits: (any Auditing)?
    public var providers: (any ProviderDesk)?
    /// What the process measures, for `/metrics`.
    public var metrics: PrometheusRegistry?
    /// Opens `/metrics` beside the keys of the installation's administrators.
    public var metricsToken: String?

    public init(
        cipher: (any SecretSealing)? = nil,
        tokens: TokenTrust? = nil,
        integrations: (any IntegrationChecking)? = nil,
        audits: (any Auditing)? = nil,
        providers: (any ProviderDesk)? = nil,
        metrics: PrometheusRegistry? = nil,
        metricsToken: String? = nil
    ) {
        self.cipher = cipher
        self.tokens = tokens
        self.integrations = integrations
        self.audits = audits
        self.providers = providers
        self.metrics = metrics
        self.metricsToken = metricsToken
    }
}
