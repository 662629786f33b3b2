/// Parameters in the form in which libpq takes them, all in one buffer.
struct EncodedParameters: Sendable {
    private var buffer: [UInt8] = []
    /// Where each parameter begins in the buffer; -1 for NULL.
    private var offsets: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    /// The OID of each; 0 leaves it to the server.
    private(set) var types: [UInt32] = []

    /// - Throws: ``PostgresError`` of kind `invalidParameter`.
    init(_ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= 65_535 else {
            throw PostgresError(
                kind: .invalidParameter,
                message:
                    "\(values.count) parameters are more than the 65,535 that a statement can take. Send arrays and unnest them."
            )
        }
        self.offsets.reserveCapacity(values.count)
        self.lengths.reserveCapacity(values.count)
        self.formats.reserveCapacity(values.count)
        self.types.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            let start = self.buffer.count
            self.types.append(value.type)
            do throws(PostgresError) {
                switch value {
                case .null:
                    self.offsets.append(-1)
                    self.lengths.append(0)
                    self.formats.append(0)
                    continue
                case .bytes(let bytes):
                    self.buffer.append(contentsOf: bytes)
                    self.formats.append(1)
                default:
                    if try value.appendArray(to: &self.buffer) {
                        self.formats.append(1)
                    } else {
                        try value.appendText(to: &self.buffer)
                        self.formats.append(0)
                    }
                }
            } catch {
                var error = error
                error.message = "Parameter $\(index + 1): \(error.message)"
                throw error
            }
            guard let length = Int32(exactly: self.buffer.count - start) else {
                throw PostgresError(kind: .invalidParameter, message: "Parameter $\(index + 1) is larger than 2 GiB.")
            }
            self.offsets.append(start)
            self.lengths.append(length)
            self.buffer.append(0)
        }
    }

    func isNull(_ index: Int) -> Bool { self.offsets[index] < 0 }

    /// Calls `body` with count, types, values, lengths, formats, which are valid only within it.
    func withPointers<R>(
        _ body: (Int32, UnsafePointer<UInt32>?, [UnsafePointer<CChar>?], UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
    ) -> R {
        self.buffer.withUnsafeBytes { bytes in
            let base = bytes.baseAddress
            let values = self.offsets.map { offset in
                offset < 0 ? nil : base.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
            }
            return body(Int32(self.offsets.count), self.types, values, self.lengths, self.formats)
        }
    }
}
