/// The statements that one connection has prepared, the least recently used ones given up first.
struct PreparedStatements {
    struct Statement: Equatable {
        var name: String
        /// The OID of each parameter; 0 where the server inferred it.
        var types: [UInt32]
    }

    private struct Entry {
        var statement: Statement
        var lastUse: Int
    }

    let capacity: Int
    private var entries: [String: [Entry]] = [:]
    private(set) var count = 0
    private var clock = 0

    init(capacity: Int = 256) { self.capacity = capacity }

    /// A prepared statement for `sql` that takes parameters of these types.
    ///
    /// - Parameters:
    ///   - types: OIDs; 0 fits only 0.
    ///   - isNull: NULL fits every type, so that a parameter that is NULL now and then needs no second statement.
    mutating func find(_ sql: String, types: [UInt32], isNull: (Int) -> Bool) -> Statement? {
        guard let variants = self.entries[sql] else { return nil }
        for (index, entry) in variants.enumerated() {
            let known = entry.statement.types
            guard known.count == types.count else { continue }
            guard types.indices.allSatisfy({ known[$0] == types[$0] || isNull($0) }) else { continue }
            self.clock += 1
            self.entries[sql]?[index].lastUse = self.clock
            return entry.statement
        }
        return nil
    }

    /// - Returns: the name of a statement that must be deallocated for it.
    mutating func insert(_ sql: String, _ statement: Statement) -> String? {
        self.clock += 1
        self.entries[sql, default: []].append(Entry(statement: statement, lastUse: self.clock))
        self.count += 1
        guard self.count > self.capacity else { return nil }
        var oldest: (sql: String, entry: Entry)?
        for (sql, variants) in self.entries {
            for entry in variants where entry.lastUse < oldest?.entry.lastUse ?? .max { oldest = (sql, entry) }
        }
        guard let oldest else { return nil }
        self.remove(oldest.sql, name: oldest.entry.statement.name)
        return oldest.entry.statement.name
    }

    mutating func remove(_ sql: String, name: String) {
        guard var variants = self.entries[sql], let index = variants.firstIndex(where: { $0.statement.name == name }) else {
            return
        }
        variants.remove(at: index)
        self.entries[sql] = variants.isEmpty ? nil : variants
        self.count -= 1
    }
}
