import FloatJSON
import HTTPTransport

/// How to ask a provider behind HTTP, and how to read what it answers.
struct ProviderExchange: Sendable, Equatable {
    enum Mode: String, Sendable, CaseIterable {
        /// Many texts a request.
        case batch
        /// One text a request.
        case single
    }

    enum Encoding: String, Sendable, CaseIterable {
        case float
        /// Little-endian 32-bit floats.
        case base64
        case int8
        /// The same, 128 higher.
        case uint8
        /// The same as ``ubinary``, 128 lower: signed bytes in offset binary, as Voyage and Cohere write them.
        case binary
        /// Bits, most significant first, packed in unsigned bytes; a bit becomes 1 or -1.
        case ubinary
    }

    enum Normalization: String, Sendable, CaseIterable {
        case none
        /// Vectors are scaled to length 1.
        case l2
    }

    enum Usage: Sendable, Equatable {
        /// The first of these paths that is there.
        case path([JSONPath])
        /// The sum over all values of the path.
        case sum(JSONPath)
        case header(String)
        case estimate
    }

    /// A header or query variable: name and template, in the file's order.
    struct Field: Sendable, Equatable {
        var name: String
        var template: String
    }

    var method: HTTPRequest.Method
    var url: String
    var query: [Field]
    var headers: [Field]
    var timeout: Duration
    /// The URL of a proxy; an empty text is none.
    var proxy: ProviderVariable?
    /// Certificates to trust beside the machine's own: the path of a PEM file, or in a vault its text.
    var certificates: ProviderVariable?
    var mode: Mode
    var body: JSONNode
    var authorization: ProviderAuthorization

    var vectors: JSONPath
    var index: JSONPath?
    var encoding: Encoding
    var normalization: Normalization
    var usage: Usage

    var errorMessage: [JSONPath]
    var errorCode: [JSONPath]
    var errorRules: [ProviderErrorRule]
    var retryAfter: [RetryAfterForm]
    var rateHeaders: RateHeaders
}
