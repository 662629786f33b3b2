import Foundation

/// PostgreSQL's binary form of one-dimensional arrays (`array_recv`): dimensions, whether there are NULLs, the type of the elements,
/// their number, the first index; then of each element its length, -1 for NULL, and its bytes. All numbers are big-endian.
///
/// The text form is read twice by the server, byte by byte, and has to be escaped here: this is what rows travel in.
enum ArrayBytes {
    /// - Parameters:
    ///   - type: the OID of an element's type.
    ///   - element: appends an element's bytes.
    static func append<Element>(
        _ values: [Element?],
        of type: UInt32,
        to buffer: inout [UInt8],
        element: (Element, inout [UInt8]) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        self.append(Int32(values.isEmpty ? 0 : 1), to: &buffer)
        self.append(Int32(values.contains { $0 == nil } ? 1 : 0), to: &buffer)
        self.append(type, to: &buffer)
        guard !values.isEmpty else { return }
        self.append(Int32(truncatingIfNeeded: values.count), to: &buffer)
        self.append(Int32(1), to: &buffer)
        for value in values {
            guard let value else {
                self.append(Int32(-1), to: &buffer)
                continue
            }
            let place = buffer.count
            self.append(Int32(0), to: &buffer)
            try element(value, &buffer)
            // Beyond 2 GiB the parameter as a whole is refused.
            let length = Int32(truncatingIfNeeded: buffer.count - place - 4)
            withUnsafeBytes(of: length.bigEndian) { bytes in
                for (offset, byte) in bytes.enumerated() { buffer[place + offset] = byte }
            }
        }
    }

    static func append(_ value: some FixedWidthInteger, to buffer: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { buffer.append(contentsOf: $0) }
    }
}

extension PostgresValue {
    /// Appends an array in binary form.
    ///
    /// - Returns: whether it is an array; nothing else has been appended.
    /// - Throws: ``PostgresError`` of kind `invalidParameter` for a NUL byte in a text.
    func appendArray(to buffer: inout [UInt8]) throws(PostgresError) -> Bool {
        switch self {
        case .texts(let values):
            try ArrayBytes.append(values, of: 25, to: &buffer) { (value, buffer) throws(PostgresError) in
                try Self.append(value, to: &buffer)
            }
        case .ints(let values):
            try ArrayBytes.append(values, of: 20, to: &buffer) { (value, buffer) throws(PostgresError) in
                ArrayBytes.append(Int64(value), to: &buffer)
            }
        case .uuids(let values):
            try ArrayBytes.append(values, of: 2950, to: &buffer) { (value, buffer) throws(PostgresError) in
                withUnsafeBytes(of: value.uuid) { buffer.append(contentsOf: $0) }
            }
        case .null, .bool, .int, .double, .text, .bytes, .uuid, .timestamp, .json: return false
        }
        return true
    }
}
