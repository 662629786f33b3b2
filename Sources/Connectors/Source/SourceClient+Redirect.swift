import HTTPTransport

extension SourceClient {
    /// Where a redirect leads; nil where the answer is none.
    nonisolated func redirect(
        _ response: HTTPResponse,
        from url: SourceURL,
        method: HTTPRequest.Method,
        unit: String
    ) throws -> SourceURL? {
        guard [301, 302, 303, 307, 308].contains(response.status) else { return nil }
        guard let location = response.headers["location"], let target = url.resolving(location) else {
            throw ConnectorError(.dataFormat, unit: unit, message: "\(url.path) redirects to nowhere: check base_url")
        }
        guard target.origin == self.base.origin else {
            throw ConnectorError(
                .configuration,
                unit: unit,
                message: "\(url.path) redirects to \(target.origin), which must not see the token: check base_url",
                status: response.status
            )
        }
        guard method == .get else {
            throw ConnectorError(
                .configuration,
                unit: unit,
                message: "\(url.path) redirects to \(target.path): check base_url",
                status: response.status
            )
        }
        return target
    }
}
