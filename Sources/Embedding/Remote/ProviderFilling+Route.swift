import Foundation
import HTTPTransport

/// The way to the provider: through a proxy, with certificates of its own.
extension ProviderFilling {
    private static let largestBundle = 4 << 20

    /// - Throws: ``EmbeddingError`` of kind `configuration` where the way cannot be taken.
    func transport(
        _ exchange: ProviderExchange,
        direct: any HTTPTransport,
        routes: (any HTTPRouting)?
    ) throws(EmbeddingError) -> any HTTPTransport {
        let route = HTTPRoute(proxy: try self.proxy(exchange), certificates: try self.certificates(exchange))
        guard !route.isDirect else { return direct }
        guard let routes else {
            throw self.failure("its file names a proxy or certificates, for which this program was given no way")
        }
        do {
            return try routes.transport(over: route)
        } catch {
            throw self.failure("the way to it cannot be taken: \(error.detail)")
        }
    }

    private func proxy(_ exchange: ProviderExchange) throws(EmbeddingError) -> HTTPRoute.Proxy? {
        guard let variable = exchange.proxy else { return nil }
        let text = try self.environment.text(of: variable)
        if text.isEmpty { return nil }
        guard let proxy = ProxyURL.read(text) else {
            let place = variable.reference.map { "what \($0) holds" } ?? "its request.proxy"
            throw self.failure("\(place) is no URL of a proxy; \(ProxyURL.remedy)")
        }
        return proxy
    }

    private func certificates(_ exchange: ProviderExchange) throws(EmbeddingError) -> String? {
        guard let variable = exchange.certificates else { return nil }
        let text = try self.environment.text(of: variable)
        if text.isEmpty { return nil }
        // A vault holds the text itself; tenants name no files of the installation.
        if case .vault = variable.reference { return text }
        guard text.hasPrefix("/"), let data = FileManager.default.contents(atPath: text), data.count <= Self.largestBundle else {
            throw self.failure("its certificates cannot be read from the file \(text); give the absolute path of a PEM file")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// The secrets that no message may repeat.
    func secrets(_ exchange: ProviderExchange) -> [String] {
        let values = exchange.authorization.references.compactMap { self.environment.value(of: $0) }
        guard let reference = exchange.proxy?.reference, let text = self.environment.value(of: reference) else { return values }
        return values + [ProxyURL.read(text)?.secret].compactMap(\.self)
    }

    private func failure(_ message: String) -> EmbeddingError {
        EmbeddingError(.configuration, provider: self.environment.provider, message: message)
    }
}
