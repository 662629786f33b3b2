/// What is wrong with an integration's file: each problem is one line that names the key, the problem and the remedy.
public struct IntegrationDefinitionError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// Such as `projects[2]`; empty where the file as a whole is meant.
        public var key: String
        public var problem: String
        public var remedy: String

        public var description: String {
            (self.key.isEmpty ? "" : "\(self.key): ") + "\(self.problem); \(self.remedy)"
        }
    }

    public var problems: [Problem]

    public init(problems: [Problem]) { self.problems = problems }

    init(_ key: String, _ problem: String, remedy: String) {
        self.problems = [Problem(key: key, problem: problem, remedy: remedy)]
    }

    public var description: String { self.problems.map(\.description).joined(separator: "\n") }
}
