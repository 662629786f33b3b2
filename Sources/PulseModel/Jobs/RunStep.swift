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

extension [RunStep] {
    /// These and others: of one name they are one step, which says what was said last.
    public func adding(_ others: [RunStep]) -> [RunStep] {
        var steps = self
        for other in others {
            guard let place = steps.firstIndex(where: { $0.name == other.name }) else {
                steps.append(other)
                continue
            }
            steps[place] = RunStep(
                other.name,
                count: steps[place].count + other.count,
                failed: steps[place].failed + other.failed,
                seconds: steps[place].seconds + other.seconds,
                detail: other.detail
            )
        }
        return steps
    }
}
