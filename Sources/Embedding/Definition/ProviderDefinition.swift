public import Resilience

/// One file of `Providers/`, read and checked: all there is to know about an embedding provider.
///
/// `Providers/provider.schema.json` describes the file. Read one with ``read(bytes:fileName:origin:)``.
public struct ProviderDefinition: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A service behind HTTP.
        case http
        /// The model in this process.
        case onDevice = "on-device"
    }

    /// How sure we are that the file is true.
    public enum Verification: String, Sendable, CaseIterable {
        /// Used against the real service.
        case live
        /// Written after the service's documentation.
        case documentation
    }

    /// Who wrote the file, and thereby what it may refer to.
    public enum Origin: Sendable, Equatable {
        /// The installation: `env:` and `vault:` references.
        case installation
        /// A tenant: `vault:` references only; it reads no environment.
        case tenant
    }

    public internal(set) var id: String
    public internal(set) var name: String
    public internal(set) var kind: Kind
    public internal(set) var verified: Verification
    public internal(set) var space: VectorSpace
    /// As the provider calls it.
    public internal(set) var model: String
    public internal(set) var notes: String?
    public internal(set) var limits: EmbeddingLimits
    /// For the estimate of tokens; see ``EstimatedTokenCounter``.
    public internal(set) var charactersPerToken: Double
    public internal(set) var rates: RateBudget.Rates
    /// Providers with the same name share one budget; nil takes the host and the references to its secrets.
    public internal(set) var account: String?
    /// Ids of providers of the same space that stand in while this one cannot be used, in order.
    public internal(set) var fallback: [String]
    /// Whether the service's vectors are of length 1; others are then refused.
    public internal(set) var isNormalized: Bool
    /// US dollars for a million input tokens; nil where the file does not say.
    public internal(set) var pricePerMillionTokens: Double?
    /// By name, what `{{name}}` stands for.
    var variables: [String: ProviderVariable]
    var tasks: [EmbeddingTask: ProviderTask]
    /// Nil for ``Kind/onDevice``.
    var exchange: ProviderExchange?
}
