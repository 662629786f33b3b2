/// What a progress channel's pipeline and its connection share.
struct ProgressSocket: Sendable {
    var sender: ProgressSender.Handle
    /// An element when too many messages wait for the client.
    var overfull: AsyncStream<Void>
    /// An element when the server begins to stop.
    var quiesced: AsyncStream<Void>
}
