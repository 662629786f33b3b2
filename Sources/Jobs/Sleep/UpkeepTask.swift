public import Foundation
public import PulseModel

/// A piece of upkeep that another stage does and the executable passes in: stages do not know each other.
public struct UpkeepTask: Sendable {
    public var name: String
    /// The probe without whose part there is no use in trying; nil where it needs none.
    public var part: String?
    /// Does it for one tenant. The step's name and seconds are set by whoever runs it.
    public var run: @Sendable (_ tenant: UUID) async throws -> RunStep

    public init(_ name: String, needing part: String? = nil, run: @escaping @Sendable (_ tenant: UUID) async throws -> RunStep) {
        self.name = name
        self.part = part
        self.run = run
    }
}
