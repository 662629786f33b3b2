extension ProviderContract {
    private static func openAI(
        _ id: String,
        environment: [String: String],
        url: String,
        headers: [String: String],
        start: String,
        end: String,
        base64: Bool = false,
        prefixes: (document: String, query: String) = ("", ""),
        usage: String = #","usage":{"prompt_tokens":7,"total_tokens":7}"#,
        tokens: Int? = 7,
        failure: Failure
    ) -> ProviderContract {
        let (first, second) = base64 ? ("<64:0>", "<64:1>") : ("<0>", "<1>")
        return ProviderContract(
            id: id,
            environment: environment,
            url: url,
            headers: headers,
            document: "{\(start)\"input\":[\"\(prefixes.document)Ünï \\\"q\\\"\",\"\(prefixes.document)b\"]\(end)}",
            query: "{\(start)\"input\":[\"\(prefixes.query)b\"]\(end)}",
            // The second text first: the index decides.
            answer: """
                {"object":"list","data":[{"object":"embedding","index":1,"embedding":\(second)},
                {"object":"embedding","index":0,"embedding":\(first)}],"model":"m"\(usage)}
                """,
            tokens: tokens,
            failure: failure
        )
    }

    private static let badKey = Failure(
        status: 401,
        body:
            #"{"error":{"message":"Incorrect API key provided: KEY-1.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
        kind: .configuration,
        says: "check the key"
    )

    static let openAIShape: [ProviderContract] = [
        openAI(
            "openai-3-small",
            environment: ["OPENAI_API_KEY": "KEY-1\n"],
            url: "https://api.openai.com/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1", "Content-Type": "application/json"],
            start: #""model":"text-embedding-3-small","#,
            end: #","dimensions":1536,"encoding_format":"base64""#,
            base64: true,
            failure: badKey
        ),
        openAI(
            "openai-3-large",
            environment: ["OPENAI_API_KEY": "KEY-1", "OPENAI_BASE_URL": "https://proxy.example:8443/"],
            url: "https://proxy.example:8443/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1"],
            start: #""model":"text-embedding-3-large","#,
            end: #","dimensions":3072,"encoding_format":"base64""#,
            base64: true,
            failure: Failure(
                status: 429,
                body: #"{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
                headers: [("retry-after-ms", "1250"), ("Retry-After", "2")],
                kind: .rateLimited,
                says: "Rate limit reached",
                retryAfter: .milliseconds(1250)
            )
        ),
        openAI(
            "azure-openai",
            environment: ["AZURE_OPENAI_RESOURCE": "acme", "AZURE_OPENAI_DEPLOYMENT": "my emb", "AZURE_OPENAI_API_KEY": "KEY-1"],
            url: "https://acme.openai.azure.com/openai/deployments/my%20emb/embeddings?api-version=2024-10-21",
            headers: ["api-key": "KEY-1"],
            start: "",
            end: #","dimensions":1536,"encoding_format":"base64""#,
            base64: true,
            failure: Failure(
                status: 429,
                body: #"{"error":{"code":"429","message":"Requests have exceeded call rate limit."}}"#,
                headers: [("retry-after", "17")],
                kind: .rateLimited,
                says: "call rate limit",
                retryAfter: .seconds(17)
            )
        ),
        openAI(
            "mistral",
            environment: ["MISTRAL_API_KEY": "KEY-1"],
            url: "https://api.mistral.ai/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1"],
            start: #""model":"mistral-embed","#,
            end: #","encoding_format":"float""#,
            failure: Failure(
                status: 400,
                body:
                    #"{"object":"error","message":"Too many inputs in request, split into more batches.","type":"invalid_request_error","code":"3210"}"#,
                kind: .splittable,
                says: "Too many inputs"
            )
        ),
        openAI(
            "together",
            environment: ["TOGETHER_API_KEY": "KEY-1"],
            url: "https://api.together.xyz/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1"],
            start: #""model":"BAAI/bge-base-en-v1.5","#,
            end: "",
            prefixes: ("", "Represent this sentence for searching relevant passages: "),
            usage: "",
            tokens: nil,
            failure: Failure(status: 503, body: "<html><h1>503</h1></html>", kind: .transient, says: "web page")
        ),
        openAI(
            "llama-cpp",
            environment: [:],
            url: "http://127.0.0.1:8080/v1/embeddings",
            headers: [:],
            start: #""model":"nomic-embed-text-v1.5","#,
            end: #","encoding_format":"float""#,
            prefixes: ("search_document: ", "search_query: "),
            failure: Failure(
                status: 503,
                body: #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
                kind: .transient,
                says: "Loading model"
            )
        ),
        openAI(
            "databricks",
            environment: ["DATABRICKS_HOST": "https://adb-1.azuredatabricks.net", "DATABRICKS_TOKEN": "KEY-1"],
            url: "https://adb-1.azuredatabricks.net/serving-endpoints/databricks-gte-large-en/invocations",
            headers: ["Authorization": "Bearer KEY-1"],
            start: "",
            end: "",
            failure: Failure(
                status: 403,
                body: #"{"error_code":"403","message":"Invalid access token."}"#,
                kind: .configuration,
                says: "Invalid access token"
            )
        ),
        openAI(
            "openrouter",
            environment: ["OPENROUTER_API_KEY": "KEY-1"],
            url: "https://openrouter.ai/api/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1", "X-Title": "Pulse"],
            start: #""model":"openai/text-embedding-3-small","#,
            end: #","dimensions":1536,"encoding_format":"float""#,
            failure: Failure(
                status: 200,
                body: #"{"error":{"code":429,"message":"Provider returned error"}}"#,
                kind: .rateLimited,
                says: "Provider returned error"
            )
        ),
        openAI(
            "litellm",
            environment: ["LITELLM_API_KEY": "KEY-1", "LITELLM_URL": "http://litellm:4000"],
            url: "http://litellm:4000/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1"],
            start: #""model":"text-embedding-3-small","#,
            end: #","encoding_format":"float""#,
            failure: badKey
        ),
        openAI(
            "voyage",
            environment: ["VOYAGE_API_KEY": "KEY-1"],
            url: "https://api.voyageai.com/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1"],
            start: #""model":"voyage-4","#,
            end:
                #","input_type":"<task>","truncation":false,"output_dimension":1024,"output_dtype":"float","encoding_format":"base64""#,
            base64: true,
            usage: #","usage":{"total_tokens":7}"#,
            failure: Failure(
                status: 400,
                body: #"{"detail":"The max allowed tokens per submitted batch is 320000."}"#,
                kind: .splittable,
                says: "max allowed tokens"
            )
        ).tasks("document", "query"),
        openAI(
            "jina",
            environment: ["JINA_API_KEY": "KEY-1"],
            url: "https://api.jina.ai/v1/embeddings",
            headers: ["Authorization": "Bearer KEY-1"],
            start: #""model":"jina-embeddings-v3","#,
            end:
                #","task":"<task>","dimensions":1024,"late_chunking":false,"embedding_type":"float","truncate":false,"normalized":true"#,
            usage: #","usage":{"total_tokens":7}"#,
            failure: Failure(
                status: 422,
                body:
                    #"{"detail":[{"loc":["body","input"],"msg":"Input text exceeds maximum length of 8192 tokens","type":"value_error"}]}"#,
                kind: .splittable,
                says: "exceeds maximum length"
            )
        ).tasks("retrieval.passage", "retrieval.query"),
    ]

    func tasks(_ document: String, _ query: String) -> ProviderContract {
        var contract = self
        contract.document.replace("<task>", with: document)
        contract.query.replace("<task>", with: query)
        return contract
    }
}
