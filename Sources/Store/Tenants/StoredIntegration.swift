public import Foundation

/// A source that a tenant has connected.
public struct StoredIntegration: Sendable, Equatable {
    public var id: UUID
    public var name: String
    public var kind: String
    public var baseURL: String
    /// The file's JSON.
    public var configuration: String
}
