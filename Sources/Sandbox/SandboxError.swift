/// Why the sandbox cannot do what it was asked for, in words for a person.
public struct SandboxError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
