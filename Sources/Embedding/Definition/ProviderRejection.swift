/// A provider file that cannot be used, and everything that is wrong with it.
public struct ProviderRejection: Error, Sendable, Equatable, CustomStringConvertible {
    public var diagnostics: [ProviderDiagnostic]

    public init(diagnostics: [ProviderDiagnostic]) { self.diagnostics = diagnostics }

    public var description: String { self.diagnostics.map(\.description).joined(separator: "\n") }
}
