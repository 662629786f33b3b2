/// One step of a run, as its history keeps it.
public struct RunStep: Sendable, Equatable, Codable {
    public var name: String
    /// What was done of it: rows, units, checks.
    public var count: Int
    public var failed: Int
    public var seconds: Double
    /// For a person, one line.
    public var detail: String

    public init(_ name: String, count: Int = 0, failed: Int = 0, seconds: Double = 0, detail: String = "") {
        self.name = name
        self.count = count
        self.failed = failed
        self.seconds = (seconds * 1_000).rounded() / 1_000
        self.detail = detail
    }
}
