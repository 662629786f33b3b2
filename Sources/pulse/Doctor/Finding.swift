/// What one check of `pulse doctor` came to.
struct Finding: Encodable {
    enum Verdict: String, Encodable {
        case good
        /// Works, but somebody should look at it.
        case doubtful
        /// Something does not work until it is mended.
        case bad
    }

    /// What was looked at.
    var subject: String
    var verdict: Verdict
    var detail: String
    /// What to do; nil where all is well.
    var remedy: String?

    static func good(_ subject: String, _ detail: String) -> Finding {
        Finding(subject: subject, verdict: .good, detail: detail)
    }

    static func doubtful(_ subject: String, _ detail: String, remedy: String) -> Finding {
        Finding(subject: subject, verdict: .doubtful, detail: detail, remedy: remedy)
    }

    static func bad(_ subject: String, _ detail: String, remedy: String) -> Finding {
        Finding(subject: subject, verdict: .bad, detail: detail, remedy: remedy)
    }
}
