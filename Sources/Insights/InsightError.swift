/// Why a metric cannot be taken as it was asked for.
public struct InsightError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The parameter that is wrong.
    public var parameter: String
    public var problem: String
    /// What is allowed.
    public var remedy: String

    init(_ parameter: String, _ problem: String, remedy: String) {
        self.parameter = parameter
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(self.parameter): \(self.problem); \(self.remedy)" }
}
