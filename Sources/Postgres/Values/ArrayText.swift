/// PostgreSQL's text form of one-dimensional arrays: `{1,NULL,"a \"b\""}`.
enum ArrayText {
    static func append<Element>(
        _ values: [Element?],
        to buffer: inout [UInt8],
        element: (Element, inout [UInt8]) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        buffer.append(UInt8(ascii: "{"))
        for (index, value) in values.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            if let value {
                try element(value, &buffer)
            } else {
                buffer.append(contentsOf: "NULL".utf8)
            }
        }
        buffer.append(UInt8(ascii: "}"))
    }

    /// Always in quotes: a text may be empty, look like NULL, or hold what ends an element.
    static func appendQuoted(_ text: String, to buffer: inout [UInt8]) throws(PostgresError) {
        buffer.append(UInt8(ascii: "\""))
        var holdsNUL = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { buffer.append(UInt8(ascii: "\\")) }
            if byte == 0 { holdsNUL = true }
            buffer.append(byte)
        }
        if holdsNUL { throw .nulByte }
        buffer.append(UInt8(ascii: "\""))
    }

    /// The elements of an array.
    ///
    /// - Returns: nil if the text is not a one-dimensional array.
    static func elements(_ text: UnsafeRawBufferPointer) -> [String?]? {
        var position = 0
        // `[2:3]={…}` says that the first index is not 1.
        if text.first == UInt8(ascii: "[") {
            guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            position = equals + 1
        }
        guard position < text.count, text[position] == UInt8(ascii: "{") else { return nil }
        position += 1
        var elements: [String?] = []
        if position < text.count, text[position] == UInt8(ascii: "}") { return position + 1 == text.count ? elements : nil }
        while position < text.count {
            guard let element = self.element(text, &position) else { return nil }
            elements.append(element)
            guard position < text.count else { return nil }
            let separator = text[position]
            position += 1
            if separator == UInt8(ascii: "}") { return position == text.count ? elements : nil }
            guard separator == UInt8(ascii: ",") else { return nil }
        }
        return nil
    }

    private static func element(_ text: UnsafeRawBufferPointer, _ position: inout Int) -> String?? {
        var bytes: [UInt8] = []
        if text[position] == UInt8(ascii: "\"") {
            position += 1
            while position < text.count, text[position] != UInt8(ascii: "\"") {
                if text[position] == UInt8(ascii: "\\") { position += 1 }
                guard position < text.count else { return .none }
                bytes.append(text[position])
                position += 1
            }
            guard position < text.count else { return .none }
            position += 1
            return .some(String(decoding: bytes, as: UTF8.self))
        }
        while position < text.count, text[position] != UInt8(ascii: ","), text[position] != UInt8(ascii: "}") {
            if text[position] == UInt8(ascii: "{") { return .none }
            if text[position] == UInt8(ascii: "\\") { position += 1 }
            guard position < text.count else { return .none }
            bytes.append(text[position])
            position += 1
        }
        let plain = String(decoding: bytes, as: UTF8.self)
        return .some(plain == "NULL" ? nil : plain)
    }
}
