public import Store

/// Knows what an integration's definition may say, and tries whether the source lets us in.
public protocol IntegrationChecking: Sendable {
    /// - Parameter json: the definition, as `pulse integration add` takes it.
    /// - Throws: ``IntegrationFault``, also where it leads to an address that a tenant's must not lead to.
    func read(_ json: String) async throws(IntegrationFault) -> IntegrationOutline
    /// - Returns: why the source does not let us in, for a person; nil where it does.
    func test(_ integration: StoredIntegration, tenant: Tenant) async -> String?
}

/// What an integration's definition says, in short.
public struct IntegrationOutline: Sendable, Equatable {
    public var kind: String
    public var name: String?
    public var baseURL: String

    public init(kind: String, name: String?, baseURL: String) {
        self.kind = kind
        self.name = name
        self.baseURL = baseURL
    }
}

/// What is wrong with a definition: each problem is one line that names the key and the remedy.
public struct IntegrationFault: Error, Sendable, Equatable {
    public var problems: [String]

    public init(problems: [String]) { self.problems = problems }
}
