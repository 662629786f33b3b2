public import Foundation

/// An emergency stop in force.
public struct OrchestratorHalt: Sendable, Equatable {
    public var by: String
    public var at: Date
    public var reason: String?
}
