public import Foundation

/// The embedding providers that a tenant may use: the installation's, and its own. Of another tenant's it says what it says of those
/// that are not there.
public protocol ProviderDesk: Sendable {
    func outlines(tenant: UUID) async throws -> [ProviderOutline]
    /// What is wrong with a provider's definition that a tenant has written; nothing where it can be used.
    func diagnose(_ json: String) -> [ProviderFault]
    /// Embeds two sentences and a question.
    ///
    /// - Returns: nil where there is no such provider.
    func test(_ id: String, tenant: UUID) async throws -> ProviderTrial?
    /// Lets the tenant write and search with this provider.
    func choose(_ id: String, tenant: UUID) async throws -> ProviderChoice
    /// Keeps a provider of the tenant's own, or changes the one of that id.
    func keep(_ json: String, id: String, tenant: UUID, by: String) async throws -> ProviderKeeping
    /// Forgets a provider of the tenant's own.
    func remove(_ id: String, tenant: UUID) async throws -> ProviderRemoval
}

/// A provider in short.
public struct ProviderOutline: Sendable, Equatable {
    public var id: String
    public var name: String
    public var model: String
    public var space: String
    public var dimensions: Int
    /// US dollars for a million tokens; nil where the file does not say.
    public var pricePerMillionTokens: Double?
    /// Whether everything that it needs is set.
    public var isReady: Bool
    /// Whether the tenant has defined it.
    public var isOwn: Bool

    public init(
        id: String,
        name: String,
        model: String,
        space: String,
        dimensions: Int,
        pricePerMillionTokens: Double?,
        isReady: Bool,
        isOwn: Bool = false
    ) {
        self.id = id
        self.name = name
        self.model = model
        self.space = space
        self.dimensions = dimensions
        self.pricePerMillionTokens = pricePerMillionTokens
        self.isReady = isReady
        self.isOwn = isOwn
    }
}

/// One thing that is wrong in a definition.
public struct ProviderFault: Sendable, Equatable, Encodable {
    /// The place in the JSON; empty for the whole.
    public var path: String
    public var problem: String
    public var remedy: String?

    public init(path: String, problem: String, remedy: String?) {
        self.path = path
        self.problem = problem
        self.remedy = remedy
    }
}

/// How a provider answered two sentences and a question.
public struct ProviderTrial: Sendable, Equatable, Encodable {
    public var ok: Bool
    /// Why it did not.
    public var reason: String?
    public var dimensions: Int?
    public var milliseconds: Double?
    public var tokens: Int?
    /// US dollars.
    public var cost: Double?

    public init(
        ok: Bool,
        reason: String? = nil,
        dimensions: Int? = nil,
        milliseconds: Double? = nil,
        tokens: Int? = nil,
        cost: Double? = nil
    ) {
        self.ok = ok
        self.reason = reason
        self.dimensions = dimensions
        self.milliseconds = milliseconds
        self.tokens = tokens
        self.cost = cost
    }
}

/// What a choice of a provider came to.
public enum ProviderChoice: Sendable, Equatable {
    /// The tenant writes and searches with it now.
    case chosen
    case unknown
    /// It cannot be used; for a person.
    case unusable(String)
    /// The tenant has vectors of another space, which a reindex must replace first.
    case needsReindex(from: String, to: String)
}

/// What became of a definition that a tenant has sent.
public enum ProviderKeeping: Sendable, Equatable {
    case kept(ProviderOutline, isNew: Bool)
    case faulty([ProviderFault])
    /// The installation has a provider of this id.
    case taken
    /// The tenant's vectors were made by this provider, and the definition names another space.
    case inUse
}

public enum ProviderRemoval: Sendable, Equatable {
    case removed
    case unknown
    /// The tenant's vectors were made by this provider.
    case inUse
}
