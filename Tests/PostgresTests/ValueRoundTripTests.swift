import Foundation
import Testing

@testable import Postgres

@Suite("Values", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct ValueRoundTripTests {
    @Test("Random values come back as they were sent", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(seed: UInt64) async throws {
        var dice = Dice(seed: seed)
        let connection = try await TestDatabase.connect()
        for _ in 0..<150 {
            let (bool, int, double, text) = (Bool.random(using: &dice), dice.int(), dice.double(), dice.text())
            let (bytes, uuid, date) = (dice.bytes(), dice.uuid(), dice.date())
            let (texts, ints, uuids) = (dice.array { $0.text() }, dice.array { $0.int() }, dice.array { $0.uuid() })
            let rows = try await connection.query(
                "SELECT $1 AS a, $2 AS b, $3 AS c, $4::text AS d, $5 AS e, $6 AS f, $7 AS g, $8 AS h, $9 AS i, $10 AS j",
                [
                    .bool(bool), .int(int), .double(double), .text(text), .bytes(bytes), .uuid(uuid), .timestamp(date),
                    .texts(texts), .ints(ints), .uuids(uuids),
                ]
            )
            let row = try #require(rows.first)
            #expect(try row.decode("a") == bool)
            #expect(try row.decode("b") == int)
            #expect(try row.decode("c") == double)
            #expect(Array(try row.decode("d", as: String.self).utf8) == Array(text.utf8))
            #expect(try row.decode("e") == bytes)
            #expect(try row.decode("f") == uuid)
            #expect(try row.decode("g") == date)
            #expect(try row.decode("h") == texts)
            #expect(try row.decode("i") == ints)
            #expect(try row.decode("j") == uuids)
        }
    }

    @Test("The server sees each text of an array as it was given, and NULL only where there was none")
    func textsOfArrays() async throws {
        var dice = Dice(seed: 7)
        let connection = try await TestDatabase.connect()
        let special: [String?] = ["", "NULL", nil, "null", "a,b", "{}", "\"", "\\", "\\\"", " ", "🦊", "\n"]
        for texts in [special] + (0..<50).map({ _ in dice.array { $0.text() } }) {
            let rows = try await connection.query(
                "SELECT v FROM unnest($1) WITH ORDINALITY AS t(v, n) ORDER BY n",
                [.texts(texts)]
            )
            #expect(try rows.map { try $0.decode("v", as: String?.self) } == texts)
        }
    }

    @Test("COPY stores random rows as INSERT does, across several chunks")
    func copyIn() async throws {
        var dice = Dice(seed: 11)
        let connection = try await TestDatabase.connect()
        try await connection.run(
            """
            CREATE TEMP TABLE copied (n int8, a bool, b float8, c text, d bytea, e uuid, f timestamptz, g text[], h int8[], i uuid[]);
            CREATE TEMP TABLE inserted (LIKE copied);
            """
        )
        let rows: [[PostgresValue]] = (0..<1500).map { n in
            [
                .int(n), .bool(.random(using: &dice)), .double(dice.double()), n.isMultiple(of: 9) ? .null : .text(dice.text()),
                .bytes(dice.bytes()), .uuid(dice.uuid()), .timestamp(dice.date()), .texts(dice.array { $0.text() }),
                .ints(dice.array { $0.int() }), .uuids(dice.array { $0.uuid() }),
            ]
        }
        #expect(try await connection.copyIn("COPY copied FROM STDIN", rows: rows) == 1500)
        for row in rows {
            try await connection.query("INSERT INTO inserted VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", row)
        }
        let difference = try await connection.query(
            "(TABLE copied EXCEPT TABLE inserted) UNION ALL (TABLE inserted EXCEPT TABLE copied)"
        )
        #expect(difference.isEmpty)
        #expect(try await connection.query("SELECT count(*) FROM copied")[0].decode(at: 0, as: Int.self) == 1500)
    }

    @Test("A COPY that fails loads nothing, says why, and leaves the connection usable")
    func failingCopy() async throws {
        let connection = try await TestDatabase.connect()
        try await connection.run("CREATE TEMP TABLE numbers (n int8 PRIMARY KEY)")
        let duplicate = await #expect(throws: PostgresError.self) {
            try await connection.copyIn("COPY numbers FROM STDIN", rows: [[1], [2], [1]])
        }
        #expect(duplicate?.isUniqueViolation == true)
        let nul = await #expect(throws: PostgresError.self) {
            try await connection.copyIn("COPY numbers FROM STDIN", rows: [[1], ["a\0b"]])
        }
        #expect(nul?.kind == .invalidParameter)
        let noCopy = await #expect(throws: PostgresError.self) { try await connection.copyIn("SELECT 1", rows: [[1]]) }
        #expect(noCopy?.kind == .invalidParameter)
        let asQuery = await #expect(throws: PostgresError.self) { try await connection.query("COPY numbers FROM STDIN") }
        #expect(asQuery?.kind == .invalidParameter)
        let outward = await #expect(throws: PostgresError.self) { try await connection.run("COPY numbers TO STDOUT") }
        #expect(outward?.kind == .invalidParameter)
        #expect(try await connection.query("SELECT count(*) FROM numbers")[0].decode(at: 0, as: Int.self) == 0)
    }

    @Test("A text with a NUL byte is refused, not cut")
    func nulBytes() async throws {
        let connection = try await TestDatabase.connect()
        for value in [.text("a\0b"), .json("\"\0\""), .texts(["a", "\0"])] as [PostgresValue] {
            let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1, $1", [value]) }
            #expect(error?.kind == .invalidParameter)
            #expect(error?.message.contains("Parameter $1") == true)
            #expect(error?.statement == "SELECT 1, $1")
        }
        let error = await #expect(throws: PostgresError.self) { try await connection.run("SELECT 1; \0 SELECT 2") }
        #expect(error?.kind == .invalidParameter)
        #expect(try await connection.query("SELECT $1", [.bytes([0, 1, 0])])[0].decode(at: 0) == [0, 1, 0] as [UInt8])
    }

    @Test("Literals and optionals become the parameters that they look like")
    func literals() async throws {
        let connection = try await TestDatabase.connect()
        let row = try await connection.query(
            "SELECT $1 + 1 AS a, $2::text AS b, $3 AS c, $4::int IS NULL AS d, $5 AS e, $6::uuid AS f",
            [41, "x", 1.5, nil, true, .optional(nil as UUID?)]
        )[0]
        #expect(try row.decode("a") == 42)
        #expect(try row.decode("b") == "x")
        #expect(try row.decode("c") == 1.5)
        #expect(try row.decode("d") == true)
        #expect(try row.decode("e") == true)
        #expect(try row.decode("f", as: UUID?.self) == nil)
        #expect(PostgresValue.optional("x" as String?) == .text("x"))
        #expect(PostgresValue.optional(3 as Int?) == .int(3))
    }

    @Test("jsonb is read as text, arrays of any base index too")
    func special() async throws {
        let connection = try await TestDatabase.connect()
        let row = try await connection.query(
            "SELECT $1 AS j, '[0:1]={7,8}'::int8[] AS a, '{}'::text[] AS e",
            [.json(#"{"a": "ü\n"}"#)]
        )[0]
        #expect(try row.decode("j") == #"{"a": "ü\n"}"#)
        #expect(try row.decode("a") == [7, 8])
        #expect(try row.decode("e", as: [String].self) == [])
    }

    @Test("Timestamps with and without zone, dates and years far away are read to the microsecond")
    func timestamps() async throws {
        let connection = try await TestDatabase.connect()
        let texts = [
            "2026-11-24 02:48:57.123456+00", "1999-12-31 23:59:59.999999+00", "2024-02-29 00:00:00.000001+00",
            "0044-03-15 12:00:00+00 BC", "12026-01-01 00:00:00+00", "1969-12-31 23:59:59.5+00",
        ]
        for text in texts {
            let row = try await connection.query(
                "SELECT $1::text::timestamptz AS t, (extract(epoch FROM $1::text::timestamptz) * 1000000)::int8 AS m",
                [.text(text)]
            )[0]
            let microseconds = try row.decode("m", as: Int64.self)
            #expect(try row.decode("t", as: Date.self) == PostgresTimestamp(microseconds: microseconds).date)
            var bytes: [UInt8] = []
            PostgresTimestamp(microseconds: microseconds).appendText(to: &bytes)
            let back = try await connection.query(
                "SELECT $1::text::timestamptz = $2::text::timestamptz",
                [
                    .text(text), .text(String(decoding: bytes, as: UTF8.self)),
                ]
            )
            #expect(try back[0].decode(at: 0) == true)
        }
        try await connection.run("SET TimeZone = 'Asia/Kolkata'")
        let row = try await connection.query(
            "SELECT '2026-01-02 03:04:05+00'::timestamptz AS a, '2026-01-02 03:04:05'::timestamp AS b, '2026-01-02'::date AS c"
        )[0]
        #expect(try row.decode("a", as: Date.self) == row.decode("b", as: Date.self))
        #expect(try row.decode("b", as: Date.self).timeIntervalSince(row.decode("c", as: Date.self)) == 11045)
    }

    @Test("What a type cannot hold is an error that names the column")
    func decodingErrors() async throws {
        let connection = try await TestDatabase.connect()
        let row = try await connection.query(
            "SELECT 'infinity'::timestamptz AS t, NULL::int8 AS n, 'secret' AS s, 9223372036854775808 AS big"
        )[0]
        func failure<T: PostgresDecodable>(_ column: String, _ type: T.Type) -> PostgresError? {
            do throws(PostgresError) {
                _ = try row.decode(column, as: type)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure("t", Date.self)?.message.contains("infinity") == true)
        #expect(failure("n", Int.self)?.message.contains("NULL") == true)
        #expect(failure("s", Int.self)?.description.contains("\"s\"") == true)
        #expect(failure("s", Int.self)?.message.contains("secret") == false)
        #expect(failure("big", Int.self)?.kind == .decoding)
        #expect(failure("s", [String].self)?.kind == .decoding)
        #expect(failure("missing", Int.self)?.message.contains("t, n, s, big") == true)
        #expect(try row.decode("n", as: Int?.self) == nil)
        let impossible = await #expect(throws: PostgresError.self) {
            try await connection.query("SELECT $1", [.timestamp(Date(timeIntervalSince1970: 1e300))])
        }
        #expect(impossible?.kind == .invalidParameter)
    }
}
