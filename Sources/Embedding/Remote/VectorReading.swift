import FloatJSON

/// Reads the vectors out of an answer, and holds them against the contract.
struct VectorReading: Sendable {
    let provider: String
    let dimensions: Int
    let path: JSONPath
    let index: JSONPath?
    let encoding: ProviderExchange.Encoding
    let normalization: ProviderExchange.Normalization
    /// Whether vectors of another length than 1 break the contract.
    var isNormalized = false

    /// - Returns: `count` vectors in the order of the texts.
    /// - Throws: ``EmbeddingError`` of kind `invalidAnswer`.
    func vectors(in body: [UInt8], count: Int) throws(EmbeddingError) -> [[Float]] {
        var vectors: [[Float]]
        do {
            vectors = try self.read(body)
        } catch {
            throw self.failure("its answer cannot be read: \(error) (vectors are expected at \(self.path))")
        }
        guard vectors.count == count else {
            let hint = vectors.isEmpty ? ": nothing stands at \(self.path)\(Self.contents(of: body))" : ""
            throw self.failure("it returned \(vectors.count) vectors for \(count) texts\(hint)")
        }
        if let index = self.index, count > 1 { vectors = try self.ordered(vectors, by: index, in: body) }
        for position in vectors.indices { try self.check(&vectors[position], position: position) }
        return vectors
    }

    private func read(_ body: [UInt8]) throws(FloatJSONError) -> [[Float]] {
        switch self.encoding {
        case .float, .int8:
            return try FloatScanner.vectors(in: body, at: self.path)
        case .uint8:
            return try FloatScanner.vectors(in: body, at: self.path).map { $0.map { $0 - 128 } }
        case .base64:
            do {
                return try FloatScanner.base64Vectors(in: body, at: self.path)
            } catch {
                // Servers that follow OpenAI's shape may not know base64, and answer with numbers.
                guard error.kind == .wrongType else { throw error }
                return try FloatScanner.vectors(in: body, at: self.path)
            }
        case .binary:
            return try FloatScanner.vectors(in: body, at: self.path).map { Self.unpack($0, offset: 128) }
        case .ubinary:
            return try FloatScanner.vectors(in: body, at: self.path).map { Self.unpack($0, offset: 0) }
        }
    }

    private static func unpack(_ packed: [Float], offset: Float) -> [Float] {
        packed.flatMap { number in
            let byte = UInt8(max(0, min(255, number + offset)))
            return (0..<8).map { bit -> Float in byte & (0x80 >> UInt8(bit)) == 0 ? -1 : 1 }
        }
    }

    private func ordered(_ vectors: [[Float]], by index: JSONPath, in body: [UInt8]) throws(EmbeddingError) -> [[Float]] {
        let indices: [Int?]
        do {
            indices = try FloatScanner.optionalIntegers(in: body, at: index)
        } catch {
            throw self.failure("its answer cannot be read: \(error) (indices are expected at \(index))")
        }
        // Servers that leave the indices out keep the order.
        if indices.allSatisfy({ $0 == nil }) || indices == Array(vectors.indices) { return vectors }
        var ordered = [[Float]?](repeating: nil, count: vectors.count)
        for (vector, index) in zip(vectors, indices) {
            // Protocol Buffers' JSON leaves out what is zero.
            let position = index ?? 0
            guard ordered.indices.contains(position), ordered[position] == nil else {
                throw self.failure("the indices of its vectors do not match the texts")
            }
            ordered[position] = vector
        }
        let complete = ordered.compactMap { $0 }
        guard complete.count == vectors.count else { throw self.failure("the indices of its vectors do not match the texts") }
        return complete
    }

    private func check(_ vector: inout [Float], position: Int) throws(EmbeddingError) {
        guard vector.count == self.dimensions else {
            throw self.failure("vector \(position) has \(vector.count) dimensions, and the provider file says \(self.dimensions)")
        }
        var squares = 0.0
        for number in vector { squares += Double(number) * Double(number) }
        guard squares.isFinite else { throw self.failure("vector \(position) holds numbers that are not finite") }
        guard squares > 0 else { throw self.failure("vector \(position) is all zero") }
        if self.normalization == .none, self.isNormalized, abs(squares - 1) > Self.slack {
            let length = (squares.squareRoot() * 1_000).rounded() / 1_000
            throw self.failure("vector \(position) is of length \(length), and the provider file says that it is normalized")
        }
        if self.normalization == .l2 {
            // Of the smallest numbers the factor is more than a `Float` holds.
            let scale = 1 / squares.squareRoot()
            for index in vector.indices { vector[index] = Float(Double(vector[index]) * scale) }
        }
    }

    /// How far the square of a length may be from 1: services that compute with 16 bits are off by some thousandths.
    private static let slack = 0.02

    /// The names in an answer, to correct a path by; nothing of its values.
    private static func contents(of body: [UInt8]) -> String {
        guard body.count <= 1 << 20 else { return "" }
        let names: [String]
        do {
            names = try JSONNodeParser.parse(body).members?.map(\.key) ?? []
        } catch {
            return ""
        }
        let plain = names.filter {
            $0.utf8.count <= 40 && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        }
        return plain.isEmpty ? "" : "; it holds \(plain.prefix(8).joined(separator: ", "))"
    }

    private func failure(_ message: String) -> EmbeddingError {
        EmbeddingError(.invalidAnswer, provider: self.provider, message: message)
    }
}
