extension ExchangeReading {
    func authorization() -> ProviderAuthorization? {
        let expected = "an object is expected: {\"kind\": \"none\"} where the service asks for no key"
        guard let object = self.reader.object("authorization", required: true, expected: expected) else { return nil }
        defer { object.finish() }
        let kinds = ObjectReader.oneOf(ProviderAuthorization.kinds)
        guard let kind = object.string("kind", required: true, expected: kinds) else { return nil }
        switch kind {
        case "none":
            return ProviderAuthorization.none
        case "bearer":
            let optional = object.flag("optional")
            guard let secret = object.secret("secret", origin: self.origin) else { return nil }
            return .header(name: "Authorization", prefix: "Bearer ", secret: secret, optional: optional, kind: kind)
        case "header":
            let name = object.string("name", required: true)
            let prefix = object.string("prefix", allowsEmpty: true) ?? ""
            if let name { self.checkHeader(name, in: object, key: "name") }
            self.checkHeaderValue(prefix, in: object, key: "prefix")
            let optional = object.flag("optional")
            guard let secret = object.secret("secret", origin: self.origin), let name else { return nil }
            return .header(name: name, prefix: prefix, secret: secret, optional: optional, kind: kind)
        case "query":
            let name = object.string("name", required: true)
            guard let secret = object.secret("secret", origin: self.origin), let name else { return nil }
            return .query(name: name, secret: secret)
        case "basic":
            let user = object.variable("user", origin: self.origin)
            guard let secret = object.secret("secret", origin: self.origin), let user else { return nil }
            return .basic(user: user, secret: secret)
        case "aws-sigv4":
            let service = object.string("service", required: true)
            let region = object.string("region", required: true)
            if let region { self.checkTemplate(region, object, key: "region") }
            let access = object.secret("accessKey", origin: self.origin)
            let secret = object.secret("secretKey", origin: self.origin)
            let session = object.secret("sessionToken", required: false, origin: self.origin)
            guard let service, let region, let access, let secret else { return nil }
            return .awsSignatureV4(service: service, region: region, accessKey: access, secretKey: secret, sessionToken: session)
        case "oauth-client-credentials":
            return self.grant(object).map { .oauth($0) }
        case "google-service-account":
            let credentials = object.secret("credentials", origin: self.origin)
            let scope = object.string("scope") ?? "https://www.googleapis.com/auth/cloud-platform"
            return credentials.map { .googleServiceAccount(credentials: $0, scope: scope) }
        default:
            object.reportUnknown(kind, key: "kind", allowed: ProviderAuthorization.kinds)
            object.ignoreOtherKeys()
            return nil
        }
    }

    private func grant(_ object: ObjectReader) -> ProviderAuthorization.OAuthGrant? {
        let url = object.string("tokenURL", required: true)
        if let url {
            self.checkTemplate(url, object, key: "tokenURL")
            if !["https://", "http://", "{{"].contains(where: url.hasPrefix) {
                object.report("is no URL", key: "tokenURL", remedy: "it begins with https://, http:// or a variable that does")
            }
        }
        let user = object.has("user") ? object.variable("user", origin: self.origin) : nil
        let secret = object.secret("secret", required: user != nil, origin: self.origin)
        let token = object.jsonPath("token") ?? "access_token"
        let expires = object.jsonPath("expires") ?? "expires_in"
        var fields: [ProviderAuthorization.OAuthGrant.Field] = []
        if let form = object.object("form", required: true) {
            for name in form.keys() {
                let secret = LiteralSecrets.names.contains(name.lowercased()) || name == "assertion"
                if secret {
                    if let reference = form.secret(name, origin: self.origin) {
                        fields.append(.init(name: name, value: .init(reference: reference, text: nil)))
                    }
                } else if let value = form.variable(name, origin: self.origin) {
                    fields.append(.init(name: name, value: value))
                }
            }
            form.finish()
        }
        return url.map {
            .init(tokenURL: $0, form: fields, user: user, secret: secret, token: token, expires: expires)
        }
    }
}
