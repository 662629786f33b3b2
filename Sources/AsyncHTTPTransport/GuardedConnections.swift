public import AsyncHTTPClient
public import HTTPTransport
import NIOCore

extension HTTPClient.Configuration {
    /// Drops each new connection whose other end the rule does not permit, before anything is sent over it.
    ///
    /// The address is that of the connection itself: a name that leads elsewhere the second time it is looked up gains nothing, and
    /// neither does a redirect. Proxies are ruled out, for behind them the other end is unknown.
    public mutating func refuseAddresses(_ rule: AddressRule) {
        self.proxy = nil
        let check: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            guard let address = channel.remoteAddress.flatMap(IPAddress.init(_:)), rule.permits(address) else {
                let address = channel.remoteAddress.flatMap(IPAddress.init(_:))
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(ForbiddenAddress(address: address))
            }
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        self.http1_1ConnectionDebugInitializer = check
        self.http2ConnectionDebugInitializer = check
    }
}

/// The other end of a connection is not permitted.
struct ForbiddenAddress: Error {
    var address: IPAddress?
}

extension IPAddress {
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }
}
