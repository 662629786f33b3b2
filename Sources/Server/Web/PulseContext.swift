import Hummingbird

/// What a handler knows of its request besides the request itself.
struct PulseContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's own, where it sent a usable one.
    var requestID = ""

    /// Bytes of a request's body.
    static let largestBody = 64 * 1024

    init(source: Source) {
        self.coreContext = CoreRequestContextStorage(source: source)
    }

    var maxUploadSize: Int { Self.largestBody }
}
