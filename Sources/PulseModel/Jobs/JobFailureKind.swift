/// Why a job failed, as far as that decides what is done about it.
public enum JobFailureKind: String, Sendable, CaseIterable, Codable {
    case timeout
    case rateLimited = "rate_limited"
    /// The source answered with a 5xx, or not at all.
    case unavailable
    /// The database is busy or away.
    case database
    /// The process stopped while it ran the job.
    case crash
    /// Neither progress nor an end for too long.
    case stalled
    case authentication
    case permission
    /// The source's answers are not what they were.
    case dataFormat = "data_format"
    case configuration

    /// Whether the same work may succeed later without anybody's doing.
    public var isTransient: Bool {
        switch self {
        case .timeout, .rateLimited, .unavailable, .database, .crash, .stalled: true
        case .authentication, .permission, .dataFormat, .configuration: false
        }
    }
}
