public import HTTPTransport

extension AddressRule {
    /// Why a host is not to be asked, from where its name leads now; nil where nothing speaks against it.
    ///
    /// For whoever gives an address, at the time of giving it. A name that leads nowhere yet, or is not answered in time, passes: the
    /// connection is checked again, see ``AsyncHTTPClient/HTTPClient/Configuration/refuseAddresses(_:)``.
    ///
    /// - Parameter host: a name or an address, with or without a port.
    public func objection(to host: String) async -> String? {
        let name = AsyncHTTPTransport.name(of: host)
        guard let addresses = try? await NameLookup.shared.addresses(of: name) else { return nil }
        return addresses.first { !self.permits($0) }.map { self.objection(host: name, address: $0) }
    }
}
