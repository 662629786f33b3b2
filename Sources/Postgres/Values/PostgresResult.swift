import CLibPQ

/// An owned PGresult.
///
/// `@unchecked Sendable`: nothing here changes the PGresult after `init`, and libpq documents a result as read-only and free
/// to pass between threads.
final class PostgresResult: @unchecked Sendable {
    private let pointer: OpaquePointer
    let statement: String
    let columns: [String]
    /// The first column of each name.
    let indices: [String: Int]
    let rowCount: Int
    let affectedRows: Int

    init(owning pointer: OpaquePointer, statement: String) {
        self.pointer = pointer
        self.statement = statement
        self.rowCount = Int(PQntuples(pointer))
        self.affectedRows = Int(String(cString: PQcmdTuples(pointer))) ?? 0
        self.columns = (0..<PQnfields(pointer)).map { column in
            PQfname(pointer, column).map { String(cString: $0) } ?? ""
        }
        self.indices = Dictionary(zip(self.columns, self.columns.indices), uniquingKeysWith: { first, _ in first })
    }

    deinit { PQclear(self.pointer) }

    func isNull(_ row: Int, _ column: Int) -> Bool { PQgetisnull(self.pointer, Int32(row), Int32(column)) == 1 }

    /// The bytes of a value, valid only within `body`.
    func withBytes<R>(
        _ row: Int,
        _ column: Int,
        _ body: (UnsafeRawBufferPointer) throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        let length = Int(PQgetlength(self.pointer, Int32(row), Int32(column)))
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(self.pointer, Int32(row), Int32(column)), count: length)
        return try withExtendedLifetime(self) { () throws(PostgresError) in try body(bytes) }
    }
}
