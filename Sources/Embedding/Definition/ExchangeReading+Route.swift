/// The way to the provider, where it is not straight ahead.
extension ExchangeReading {
    /// The URL of a proxy, or where it is to be found. Its secret never stands in the file.
    func proxy(_ request: ObjectReader) -> ProviderVariable? {
        guard request.has("proxy") else { return nil }
        guard self.origin == .installation else {
            _ = request.member("proxy")
            request.report("a tenant's provider may not use a proxy", key: "proxy", remedy: "leave it out")
            return nil
        }
        guard let variable = request.variable("proxy", origin: self.origin) else { return nil }
        if let text = variable.text, !text.isEmpty || variable.reference == nil {
            if let proxy = ProxyURL.read(text) {
                if proxy.user != nil || proxy.secret != nil {
                    request.report("holds credentials", key: "proxy", remedy: "write env:NAME and keep the URL out of the file")
                }
            } else {
                request.report("is no URL of a proxy", key: "proxy", remedy: ProxyURL.remedy + ", or env:NAME that holds it")
            }
        }
        return variable
    }

    /// The path of a PEM file, or where it is to be found.
    func certificates(_ request: ObjectReader) -> ProviderVariable? {
        guard request.has("caBundle") else { return nil }
        guard self.origin == .installation else {
            _ = request.member("caBundle")
            request.report("a tenant's provider may not bring its own certificates", key: "caBundle", remedy: "leave it out")
            return nil
        }
        guard let variable = request.variable("caBundle", origin: self.origin) else { return nil }
        if let text = variable.text, !text.isEmpty || variable.reference == nil, !text.hasPrefix("/") {
            request.report("is no absolute path", key: "caBundle", remedy: "write /path/of/a/file.pem or env:NAME")
        }
        return variable
    }
}
