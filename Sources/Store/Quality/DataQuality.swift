public import Foundation

/// The four ways in which data can be good.
public enum QualityKind: String, Sendable, CaseIterable, Codable {
    /// All is there.
    case completeness
    /// What belongs together agrees.
    case consistency
    /// Values are possible.
    case accuracy
    /// It is as new as it should be.
    case timeliness
}

/// How good the data of one integration was when it was last assessed. Scores go from 0 to 100.
public struct DataQuality: Sendable, Equatable {
    /// One rule, and how many records break it.
    public struct Rule: Sendable, Equatable {
        public var name: String
        public var kind: QualityKind
        public var description: String
        public var checked: Int
        public var broken: Int
    }

    /// A record that breaks a rule.
    public struct Finding: Sendable, Equatable {
        public var rule: String
        public var kind: QualityKind
        public var table: String
        public var externalID: String
        public var reason: String
    }

    /// The integration's name.
    public var integration: String
    public var assessedAt: Date
    /// The mean of the four.
    public var score: Double
    public var scores: [QualityKind: Double]
    public var rules: [Rule]
    /// The first hundred of each rule.
    public var findings: [Finding]
}
