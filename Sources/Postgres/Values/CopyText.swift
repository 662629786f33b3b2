/// The text format of COPY: tab between columns, newline after a row, `\N` for NULL.
enum CopyText {
    /// Takes rows from the front until they fill 64 KiB.
    ///
    /// - Returns: nil if no rows are left.
    static func nextChunk(of rows: inout ArraySlice<[PostgresValue]>) throws(PostgresError) -> [UInt8]? {
        guard !rows.isEmpty else { return nil }
        var chunk: [UInt8] = []
        chunk.reserveCapacity(80 << 10)
        var scratch: [UInt8] = []
        while chunk.count < 64 << 10, let row = rows.popFirst() {
            for (index, value) in row.enumerated() {
                if index > 0 { chunk.append(UInt8(ascii: "\t")) }
                try self.append(value, to: &chunk, scratch: &scratch)
            }
            chunk.append(UInt8(ascii: "\n"))
        }
        return chunk
    }

    private static func append(
        _ value: PostgresValue,
        to chunk: inout [UInt8],
        scratch: inout [UInt8]
    ) throws(PostgresError) {
        switch value {
        case .null:
            chunk.append(contentsOf: "\\N".utf8)
        case .bool, .int, .double, .uuid, .timestamp, .ints, .uuids:
            try value.appendText(to: &chunk)
        case .text, .bytes, .json, .texts:
            scratch.removeAll(keepingCapacity: true)
            try value.appendText(to: &scratch)
            for byte in scratch {
                switch byte {
                case UInt8(ascii: "\\"): chunk.append(contentsOf: "\\\\".utf8)
                case UInt8(ascii: "\n"): chunk.append(contentsOf: "\\n".utf8)
                case UInt8(ascii: "\r"): chunk.append(contentsOf: "\\r".utf8)
                case UInt8(ascii: "\t"): chunk.append(contentsOf: "\\t".utf8)
                default: chunk.append(byte)
                }
            }
        }
    }
}
