/// Why an audit proves nothing.
public enum AuditError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A reindex has switched meanwhile: what was compared is of the space that the tenant left.
    case tenantMoved

    public var description: String {
        "a reindex has moved the tenant to another space while its index was compared; audit again once it is done"
    }
}
