import FloatJSON

extension QdrantOperation {
    /// A request's body.
    ///
    /// - Throws: ``QdrantError`` of kind `rejected` where a number is not finite.
    func body(
        capacity: Int = 256,
        _ write: (inout JSONByteWriter) throws(FloatJSONError) -> Void
    ) throws -> [UInt8] {
        var json = JSONByteWriter(capacity: capacity)
        do {
            try write(&json)
        } catch {
            throw QdrantError(.rejected, operation: self.phrase, message: "a number is not finite")
        }
        return json.bytes
    }

    /// Takes a write's answer for success only where it says `completed`.
    func requireCompleted(_ answer: [UInt8]) throws {
        guard let status = try? FloatScanner.string(in: answer, at: "result.status") else {
            throw QdrantError(unreadable: "its answer has no status", operation: self)
        }
        try self.requireCompleted(status)
    }

    /// The same of a batch of `count` writes.
    func requireCompleted(_ answer: [UInt8], count: Int) throws {
        guard let statuses = try? FloatScanner.strings(in: answer, at: "result[*].status"), statuses.count == count else {
            throw QdrantError(unreadable: "its answer has not one status a write", operation: self)
        }
        for status in statuses { try self.requireCompleted(status) }
    }

    private func requireCompleted(_ status: String) throws {
        guard status != "completed" else { return }
        throw QdrantError(.unknownOutcome, operation: self.phrase, status: 200, message: "it said `\(status)`, not `completed`")
    }
}
