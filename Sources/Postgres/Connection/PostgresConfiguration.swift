import CLibPQ

/// Where the server is, and how every session with it begins.
public struct PostgresConfiguration: Sendable {
    /// The URL with the password. Never logged.
    let url: String
    let applicationName: String
    let sessionSettings: [String: String]
    let connectTimeout: Duration
    let statementTimeout: Duration?
    private let target: String

    /// - Parameters:
    ///   - url: `postgresql://user:password@host:port/database?option=value`, as libpq reads it. A unix socket is
    ///     `postgresql:///database?host=/directory`. What the URL says wins over the other arguments.
    ///   - applicationName: shown in `pg_stat_activity`.
    ///   - sessionSettings: set with `set_config` at the start of each session. The key `role` becomes `SET ROLE`, after the others.
    ///   - connectTimeout: the limit for opening a connection, all hosts of the URL together.
    ///   - statementTimeout: `statement_timeout` of the session; nil leaves the server's own.
    /// - Throws: ``PostgresError`` of kind `invalidConfiguration`.
    public init(
        url: String,
        applicationName: String = "pulse",
        sessionSettings: [String: String] = [:],
        connectTimeout: Duration = .seconds(10),
        statementTimeout: Duration? = nil
    ) throws(PostgresError) {
        self.target = try Self.target(of: url)
        for text in [applicationName] + sessionSettings.flatMap({ [$0.key, $0.value] }) where text.utf8.contains(0) {
            throw PostgresError(kind: .invalidConfiguration, message: "A session setting holds a NUL byte.")
        }
        guard connectTimeout > .zero, statementTimeout.map({ $0 >= .zero }) ?? true else {
            throw PostgresError(kind: .invalidConfiguration, message: "Time limits must be positive.")
        }
        self.url = url
        self.applicationName = applicationName
        self.sessionSettings = sessionSettings
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
    }

    /// The settings of a session in the order in which they are made; without `role`.
    var settings: [(name: String, value: String)] {
        var all = [("TimeZone", "UTC"), ("DateStyle", "ISO"), ("bytea_output", "hex"), ("IntervalStyle", "iso_8601")]
        if let statementTimeout {
            let (seconds, attoseconds) = statementTimeout.components
            all.append(("statement_timeout", String(seconds * 1000 + attoseconds / 1_000_000_000_000_000)))
        }
        all += self.sessionSettings.filter { $0.key != "role" }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return all.map { (name: $0.0, value: $0.1) }
    }

    /// The statement that takes the role of the session, if there is one.
    var setRole: String? {
        self.sessionSettings["role"].map { "SET ROLE " + quotedIdentifier($0) }
    }

    /// Checks the URL and returns it without its secrets.
    private static func target(of url: String) throws(PostgresError) -> String {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            throw PostgresError(
                kind: .invalidConfiguration,
                message: "The database URL must begin with postgresql:// (postgresql://user:password@host:5432/database)."
            )
        }
        guard !url.utf8.contains(0) else {
            throw PostgresError(kind: .invalidConfiguration, message: "The database URL holds a NUL byte.")
        }
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &complaint) else {
            defer { PQfreemem(complaint) }
            let text = complaint.map { String(cString: $0) } ?? "out of memory"
            throw PostgresError(
                kind: .invalidConfiguration,
                message: "The database URL cannot be read: \(withoutQuotations(text)). "
                    + "Percent-encode special characters of user names and passwords."
            )
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // libpq notices this only when it connects, and then repeats it; after an unencoded "/" it is a piece of the password.
        guard (values["port"] ?? "").split(separator: ",").allSatisfy({ UInt16($0) != nil }) else {
            throw PostgresError(
                kind: .invalidConfiguration,
                message: "The port in the database URL is not a number. Percent-encode special characters of the password."
            )
        }
        let user = values["user"].map { $0 + "@" } ?? ""
        let port = values["port"].map { ":" + $0 } ?? ""
        return "\(user)\(values["host"] ?? values["hostaddr"] ?? "localhost")\(port)/\(values["dbname"] ?? values["user"] ?? "")"
    }

    /// libpq quotes the part of the URL that it stumbled over, which may be a piece of the password.
    private static func withoutQuotations(_ text: String) -> String {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        var kept = ""
        for (index, part) in parts.enumerated() { kept += index.isMultiple(of: 2) ? String(part) : "\"…\"" }
        while kept.last?.isWhitespace == true { kept.removeLast() }
        return kept
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// User, host, port and database; never the password.
    public var description: String { self.target }
    public var debugDescription: String { self.target }
    public var customMirror: Mirror { Mirror(self, children: ["target": self.target]) }
}
