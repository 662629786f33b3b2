import Hummingbird
import NIOCore

/// What a handler knows of its request besides the request itself.
struct PulseContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's own, where it sent a usable one.
    var requestID = ""
    /// Of the client; behind a proxy that is not trusted, the proxy's.
    var address: SocketAddress?

    /// Bytes of a request's body.
    static let largestBody = 64 * 1024

    init(source: Source) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.address = source.channel.remoteAddress
    }

    var maxUploadSize: Int { Self.largestBody }
}
