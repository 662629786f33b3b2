import FloatJSON

/// Packs texts into requests, each filled as far as the provider's limits allow.
public struct BatchPacker: Sendable {
    /// One request: a run of the texts, in their order.
    public struct Batch: Sendable, Equatable {
        public var indices: Range<Int>
        /// By the provider's counter.
        public var tokens: Int

        public init(indices: Range<Int>, tokens: Int) {
            self.indices = indices
            self.tokens = tokens
        }
    }

    /// JSON around each text and around all of them, generously.
    private static let bytesAroundItem = 192
    private static let bytesAroundRequest = 1024

    public let limits: EmbeddingLimits

    public init(limits: EmbeddingLimits) { self.limits = limits }

    /// - Parameter counter: what ``EmbeddingLimits/tokensPerRequest`` counts in.
    /// - Returns: batches that cover all of `texts` once. A text beyond a limit by itself gets a batch of its own.
    public func pack(_ texts: [String], counter: any TokenCounting) -> [Batch] {
        self.pack(tokens: texts.map(counter.count), bytes: texts.map(JSONByteWriter.length(of:)))
    }

    /// The same with counts at hand: of each text, its tokens and the length of its JSON string.
    public func pack(tokens: [Int], bytes: [Int]) -> [Batch] {
        var batches: [Batch] = []
        var start = 0
        var tokenSum = 0
        var byteSum = Self.bytesAroundRequest
        for index in tokens.indices {
            let size = bytes[index] + Self.bytesAroundItem
            let isFull =
                index - start >= max(1, self.limits.items)
                || self.limits.tokensPerRequest.map { tokenSum + tokens[index] > $0 } ?? false
                || self.limits.bytesPerRequest.map { byteSum + size > $0 } ?? false
            if isFull, index > start {
                batches.append(Batch(indices: start..<index, tokens: tokenSum))
                start = index
                tokenSum = 0
                byteSum = Self.bytesAroundRequest
            }
            tokenSum += tokens[index]
            byteSum += size
        }
        if start < tokens.count { batches.append(Batch(indices: start..<tokens.count, tokens: tokenSum)) }
        return batches
    }
}
