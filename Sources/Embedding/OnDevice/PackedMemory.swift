/// Memory that is handed out piece by piece, each at the beginning of a cache line, and freed as a whole.
struct PackedMemory {
    private final class Block {
        let floats: UnsafeMutableBufferPointer<Float>

        init(capacity: Int) {
            let raw = UnsafeMutableRawBufferPointer.allocate(
                byteCount: capacity * MemoryLayout<Float>.stride,
                alignment: PackedMemory.line * MemoryLayout<Float>.stride
            )
            self.floats = raw.bindMemory(to: Float.self)
        }

        deinit { self.floats.deallocate() }
    }

    /// Numbers in a line of the processor's cache.
    static let line = 16

    private let block: Block
    private var used = 0

    /// - Parameter capacity: numbers; a multiple of ``line`` for each piece that is to be taken.
    init(capacity: Int) { self.block = Block(capacity: capacity) }

    /// A piece of `count` numbers, set to zero; lives as long as this and its copies.
    mutating func take(_ count: Int) -> UnsafeMutablePointer<Float> {
        let end = self.used + (count + Self.line - 1) / Self.line * Self.line
        precondition(count > 0 && end <= self.block.floats.count, "more memory is taken than there is")
        let piece = UnsafeMutableBufferPointer(rebasing: self.block.floats[self.used..<end])
        piece.initialize(repeating: 0)
        self.used = end
        // A buffer that is not empty has an address.
        return piece.baseAddress.unsafelyUnwrapped
    }
}
