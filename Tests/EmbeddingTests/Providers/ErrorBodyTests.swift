import Embedding
import Foundation
import HTTPTransport
import Testing

@Suite("Error bodies as providers write them")
struct ErrorBodyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var provider: String
        var texts = ["first text", "second text"]
        var status: Int
        var body: String
        var kind: EmbeddingError.Kind
        var headers: [(String, String)] = []
        var wait: Duration?
        var isTooLong = false

        var testDescription: String { "\(self.provider) \(self.status) \(self.body.prefix(60))" }
    }

    static let cases: [Case] = [
        // OpenAI and what speaks like it.
        Case(
            provider: "openai-3-small",
            status: 400,
            body:
                #"{"error":{"message":"This model's maximum context length is 8192 tokens, however you requested 9001 tokens","type":"invalid_request_error","param":null,"code":null}}"#,
            kind: .splittable,
            isTooLong: true
        ),
        Case(
            provider: "openai-3-small",
            status: 400,
            body:
                #"{"error":{"message":"Requested 310000 tokens, max 300000 tokens per request","type":"max_tokens_per_request","code":"max_tokens_per_request"}}"#,
            kind: .splittable
        ),
        Case(
            provider: "openai-3-small",
            status: 429,
            body:
                #"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            kind: .configuration
        ),
        Case(
            provider: "openai-3-small",
            status: 429,
            body: #"{"error":{"message":"Rate limit reached for requests","type":"requests","code":"rate_limit_exceeded"}}"#,
            kind: .rateLimited,
            headers: [("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")],
            wait: .zero
        ),
        Case(
            provider: "openai-3-small",
            status: 500,
            body: #"{"error":{"message":"The server had an error"}}"#,
            kind: .transient
        ),
        Case(
            provider: "azure-openai",
            status: 401,
            body: #"{"error":{"code":"401","message":"Access denied due to invalid subscription key."}}"#,
            kind: .configuration
        ),
        Case(
            provider: "azure-openai",
            status: 404,
            body: #"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
            kind: .configuration
        ),
        Case(
            provider: "mistral",
            status: 429,
            body: #"{"object":"error","message":"Requests rate limit exceeded","type":"rate_limited","code":"1300"}"#,
            kind: .rateLimited
        ),
        Case(provider: "mistral", status: 401, body: #"{"message":"Unauthorized","request_id":"x"}"#, kind: .configuration),
        Case(
            provider: "llama-cpp",
            status: 503,
            body: #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
            kind: .transient
        ),
        Case(
            provider: "llama-cpp",
            status: 500,
            body:
                #"{"error":{"code":500,"message":"input is too large to process. increase the physical batch size","type":"server_error"}}"#,
            kind: .splittable,
            isTooLong: true
        ),
        Case(provider: "litellm", status: 529, body: "<html><body>overloaded</body></html>", kind: .transient),
        Case(
            provider: "openrouter",
            status: 402,
            body: #"{"error":{"code":402,"message":"Insufficient credits"}}"#,
            kind: .configuration
        ),
        // Others.
        Case(
            provider: "cohere-v4",
            status: 400,
            body: #"{"message":"invalid request: at most 96 texts are allowed"}"#,
            kind: .splittable
        ),
        Case(
            provider: "cohere-v4",
            status: 429,
            body: #"{"message":"You are using a Trial key, which is limited to 100 API calls / minute."}"#,
            kind: .rateLimited
        ),
        Case(
            provider: "voyage",
            status: 400,
            body: #"{"detail":"Request to model 'voyage-4' failed. The max allowed tokens per submitted batch is 320000."}"#,
            kind: .splittable
        ),
        Case(provider: "voyage", status: 401, body: #"{"detail":"Provided API key is invalid."}"#, kind: .configuration),
        Case(
            provider: "jina",
            status: 422,
            body: #"{"detail":[{"loc":["body","input"],"msg":"field required","type":"value_error.missing"}]}"#,
            kind: .splittable
        ),
        Case(provider: "jina", status: 402, body: #"{"detail":"Insufficient balance"}"#, kind: .configuration),
        Case(
            provider: "gemini",
            status: 400,
            body:
                #"{"error":{"code":400,"message":"* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch","status":"INVALID_ARGUMENT"}}"#,
            kind: .splittable
        ),
        Case(
            provider: "gemini",
            status: 400,
            body:
                #"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
            kind: .configuration
        ),
        Case(
            provider: "gemini",
            status: 503,
            body: #"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#,
            kind: .transient
        ),
        // The ordinary limit of a minute, in the words of an account that is used up.
        Case(
            provider: "gemini",
            status: 429,
            body:
                #"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: generativelanguage.googleapis.com/embed_content_free_tier_requests, limit: 100, model: gemini-embedding-1.0\nPlease retry in 33.38s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"33s"}]}}"#,
            kind: .rateLimited,
            wait: .seconds(33)
        ),
        Case(
            provider: "gemini",
            status: 429,
            body:
                #"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED"}}"#,
            kind: .rateLimited
        ),
        // The same by way of a service that passes on no code of Google's.
        Case(
            provider: "litellm",
            status: 429,
            body:
                #"{"error":{"code":"429","message":"You exceeded your current quota, please check your plan and billing details.","type":null}}"#,
            kind: .rateLimited,
            headers: [("retry-after", "33")],
            wait: .seconds(33)
        ),
        Case(
            provider: "litellm",
            status: 429,
            body:
                #"{"error":{"code":"429","message":"You exceeded your current quota, please check your plan and billing details.","type":null}}"#,
            kind: .configuration
        ),
        // Used up, whatever wait a proxy names.
        Case(
            provider: "openai-3-small",
            status: 429,
            body:
                #"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            kind: .configuration,
            headers: [("retry-after", "20")],
            wait: .seconds(20)
        ),
        Case(
            provider: "vertex",
            status: 429,
            body:
                #"{"error":{"code":429,"message":"Quota exceeded for aiplatform.googleapis.com","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}"#,
            kind: .rateLimited,
            wait: .milliseconds(1500)
        ),
        Case(
            provider: "huggingface-tei",
            status: 429,
            body: #"{"error":"Model is overloaded","error_type":"overloaded"}"#,
            kind: .rateLimited
        ),
        Case(
            provider: "huggingface-tei",
            status: 413,
            body: #"{"error":"`inputs` must have less than 512 tokens. Given: 600","error_type":"Validation"}"#,
            kind: .splittable,
            isTooLong: true
        ),
        Case(
            provider: "huggingface-tei",
            status: 424,
            body: #"{"error":"Backend error","error_type":"Backend"}"#,
            kind: .transient
        ),
        Case(
            provider: "ollama",
            status: 400,
            body: #"{"error":"the input length exceeds the context length"}"#,
            kind: .splittable,
            isTooLong: true
        ),
        Case(
            provider: "bedrock-cohere",
            status: 400,
            body:
                #"{"message":"Malformed input request: #/texts: expected maxItems: 96, please reformat your input and try again."}"#,
            kind: .splittable,
            headers: [("x-amzn-ErrorType", "ValidationException")]
        ),
        Case(
            provider: "bedrock-titan",
            status: 400,
            body: #"{"message":"Your request exceeds the service quota for your account."}"#,
            kind: .rateLimited,
            headers: [("x-amzn-ErrorType", "ServiceQuotaExceededException:http://internal.amazon.com/coral/com.amazon.bedrock/")]
        ),
        Case(
            provider: "bedrock-cohere",
            status: 400,
            body: #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
            kind: .rateLimited
        ),
        Case(
            provider: "vertex",
            status: 403,
            body:
                #"{"error":{"code":403,"message":"Rate Limit Exceeded","errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}],"status":"RESOURCE_EXHAUSTED"}}"#,
            kind: .rateLimited
        ),
        Case(
            provider: "bedrock-titan",
            status: 403,
            body: #"{"message":"The security token included in the request is invalid."}"#,
            kind: .configuration,
            headers: [("x-amzn-ErrorType", "UnrecognizedClientException")]
        ),
        Case(
            provider: "databricks",
            status: 429,
            body: #"{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"REQUEST_LIMIT_EXCEEDED: Exceeded workspace rate limit"}"#,
            kind: .rateLimited
        ),
        Case(provider: "snowflake", status: 401, body: #"{"message":"Invalid token"}"#, kind: .configuration),
        // Of a text alone, which no list can be too long for.
        Case(
            provider: "bedrock-titan",
            texts: ["a text"],
            status: 400,
            body:
                #"{"message":"400 Bad Request: Too many input tokens. Max input tokens: 8192, request input token count: 9875"}"#,
            kind: .content,
            headers: [("x-amzn-ErrorType", "ValidationException")],
            isTooLong: true
        ),
        Case(
            provider: "voyage",
            texts: ["a text"],
            status: 400,
            body:
                #"{"detail":"Request to model 'voyage-4' failed. The example at index 0 in your batch has too many tokens and does not fit into the model's context window of 32000 tokens. Please lower the number of tokens in the listed example(s) or use truncation."}"#,
            kind: .content,
            isTooLong: true
        ),
        Case(
            provider: "vertex",
            texts: ["a text"],
            status: 400,
            body:
                #"{"error":{"code":400,"message":"Unable to submit request because the input token count is 2300 but the model supports up to 2048. Reduce the input token count and try again.","status":"INVALID_ARGUMENT"}}"#,
            kind: .content,
            isTooLong: true
        ),
        // What is said of lists, of a text alone.
        Case(
            provider: "cohere-v4",
            texts: ["a text"],
            status: 400,
            body: #"{"message":"invalid request: at most 96 texts are allowed"}"#,
            kind: .content
        ),
        // From proxies on the way.
        Case(provider: "cohere-v4", status: 502, body: "<html>Bad Gateway</html>", kind: .transient),
        Case(provider: "voyage", status: 413, body: "<html>Request Entity Too Large</html>", kind: .splittable),
    ]

    @Test("Each is what the provider means by it, with the wait that it asks for", arguments: cases)
    func classification(one: Case) async throws {
        let environment = ProviderContractTests.contracts.first { $0.id == one.provider }?.environment ?? [:]
        let definition = try ProviderCatalog(directory: ProviderContractTests.directory).definition(one.provider)
        let provider = try HTTPEmbeddingProvider(
            definition: definition,
            transport: ScriptedTransport { request in
                if request.url.hasSuffix("/token") {
                    return HTTPResponse(status: 200, body: Array(#"{"access_token":"A","expires_in":3600}"#.utf8))
                }
                return HTTPResponse(status: one.status, headers: HTTPHeaders(one.headers), body: Array(one.body.utf8))
            },
            environment: { environment[$0] },
            signingFunctions: SigningFunctions(sha256: { _ in [0] }, hmacSHA256: { _, _ in [0] }, rs256: { _, _ in [0] })
        )
        let texts = Array(one.texts.prefix(provider.limits.items))
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(texts, as: .document) }
        #expect(error?.kind == (one.kind == .splittable && texts.count == 1 ? .content : one.kind), "\(error?.message ?? "")")
        #expect(error?.isTooLong == one.isTooLong)
        #expect(error?.retryAfter == one.wait)
    }
}
