public import Foundation

/// A space that a tenant has left, and whose points may still stand.
public struct RetiredSpace: Sendable, Equatable {
    public var space: TenantSpace
    public var retiredAt: Date
    /// Greater than the number of every claim and copy that wrote to it; less than that of any that will, should the tenant come
    /// back.
    public var fence: Int64
}
