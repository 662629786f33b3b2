/// What the memory knows of one failure that is the same as, or like, another.
public struct FailureEvidence: Sendable, Equatable {
    public var fingerprint: String
    /// 1 for the very same failure, else the likeness of the texts, 0 to 1.
    public var similarity: Double
    public var errorType: String
    public var service: String
    public var issue: String
    public var occurrences: Int
    /// How often it has passed without anybody's doing.
    public var selfHealed: Int
    /// How often a person had to mend something.
    public var healedByHand: Int
    /// What ended it the last time; nil where it never ended.
    public var resolution: String?
    /// How long it lasted the last time, in seconds.
    public var resolvedAfter: Double?

    public init(
        fingerprint: String,
        similarity: Double,
        errorType: String,
        service: String,
        issue: String,
        occurrences: Int = 1,
        selfHealed: Int = 0,
        healedByHand: Int = 0,
        resolution: String? = nil,
        resolvedAfter: Double? = nil
    ) {
        self.fingerprint = fingerprint
        self.similarity = similarity
        self.errorType = errorType
        self.service = service
        self.issue = issue
        self.occurrences = occurrences
        self.selfHealed = selfHealed
        self.healedByHand = healedByHand
        self.resolution = resolution
        self.resolvedAfter = resolvedAfter
    }

    public var endings: Int { self.selfHealed + self.healedByHand }
}
