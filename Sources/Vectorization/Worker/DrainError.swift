/// Why a queue cannot be worked off before a person has mended something.
public struct DrainError: Error, Sendable, Equatable, CustomStringConvertible {
    public var reason: String

    public var description: String { "the rows wait, and nothing is lost: \(self.reason)" }
}
