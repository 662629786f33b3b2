extension ProviderDefinition {
    /// Whether requests cannot be authorized without ``SigningFunctions``.
    public var needsSigningFunctions: Bool { self.exchange?.authorization.needsSigningFunctions ?? false }

    /// Names the account that requests are charged to, without any secret: what ``account`` says, else the host with the names of
    /// the secrets.
    ///
    /// - Parameters:
    ///   - owner: the tenant whose own provider it is; what two tenants call by the same name are two accounts.
    ///   - environment: the value of an environment variable.
    public func accountName(of owner: String? = nil, environment: @escaping @Sendable (String) -> String?) -> String {
        let whose = owner.map { "tenant \($0) " } ?? ""
        if let account = self.account { return "\(whose)account \(account)" }
        let names = (self.exchange?.authorization.references ?? []).map(\.description)
        return whose + ([self.host(environment: environment)] + names).joined(separator: " ")
    }

    /// The host that requests go to, with its port; as the file writes it, where a variable is missing.
    public func host(
        environment: @escaping @Sendable (String) -> String?,
        vault: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> String {
        guard let exchange = self.exchange else { return self.id }
        do {
            let filling = try ProviderFilling(self, environment: environment, vault: vault)
            return Self.host(of: try filling.request(exchange, task: .document).url)
        } catch {
            return exchange.url
        }
    }

    /// The host that access tokens come from, as ``host(environment:vault:)``; nil where the file names none.
    public func tokenHost(
        environment: @escaping @Sendable (String) -> String?,
        vault: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> String? {
        guard case .oauth(let grant)? = self.exchange?.authorization else { return nil }
        do {
            let filling = try ProviderFilling(self, environment: environment, vault: vault)
            return Self.host(of: try filling.text(grant.tokenURL, task: .document))
        } catch {
            return grant.tokenURL
        }
    }

    private static func host(of url: String) -> String {
        String(url.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" && $0 != "?" })
    }

    /// What must be there before the provider can be used, in order: `env:OPENAI_API_KEY`.
    public var requiredReferences: [SecretReference] {
        let route = [self.exchange?.proxy, self.exchange?.certificates].compactMap(\.self)
        let variables = (self.variables.values + route).filter { $0.text == nil }.compactMap(\.reference)
        let references = Set(variables + (self.exchange?.authorization.requiredReferences ?? []))
        return references.sorted { $0.description < $1.description }
    }

    /// Those of ``requiredReferences`` that lead nowhere.
    public func missingReferences(
        environment: @escaping @Sendable (String) -> String?,
        vault: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> [SecretReference] {
        let resolver = ProviderEnvironment(provider: self.id, environment: environment, vault: vault)
        return self.requiredReferences.filter { resolver.value(of: $0) == nil }
    }
}

extension ProviderAuthorization {
    /// All references, those that may be absent included.
    var references: [SecretReference] {
        switch self {
        case .none: []
        case .header(_, _, let secret, _, _), .query(_, let secret): [secret]
        case .basic(let user, let secret): [user.reference, secret].compactMap { $0 }
        case .awsSignatureV4(_, _, let access, let secret, let session): [access, secret, session].compactMap { $0 }
        case .oauth(let grant): (grant.form.map(\.value.reference) + [grant.user?.reference, grant.secret]).compactMap { $0 }
        case .googleServiceAccount(let credentials, _): [credentials]
        }
    }

    fileprivate var requiredReferences: [SecretReference] {
        switch self {
        case .header(_, _, _, true, _): []
        case .awsSignatureV4(_, _, let access, let secret, _): [access, secret]
        case .oauth(let grant):
            ((grant.form.map(\.value) + [grant.user].compactMap { $0 }).filter { $0.text == nil }.map(\.reference) + [
                grant.secret
            ])
            .compactMap { $0 }
        case .none, .header, .query, .basic, .googleServiceAccount: self.references
        }
    }
}
