import Hummingbird

/// What a handler knows of its request's connection, so that it can cut it.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Closes the connection without an answer.
    let cutConnection: @Sendable () -> Void
    /// What GraphQL is to do wrong this time, and a seed for where.
    var graphFault: (kind: Fault.Kind, seed: UInt64)?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        let channel = source.channel
        cutConnection = { channel.close(promise: nil) }
    }
}
