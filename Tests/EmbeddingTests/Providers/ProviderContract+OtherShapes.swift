extension ProviderContract {
    private static let amazon = ["AWS_ACCESS_KEY_ID": "KEY-1", "AWS_SECRET_ACCESS_KEY": "SECRET-1", "AWS_REGION": "eu-west-1"]
    private static let throttled = Failure(
        status: 429,
        body: #"{"message":"Too many requests, please wait before trying again."}"#,
        headers: [("x-amzn-ErrorType", "ThrottlingException")],
        kind: .rateLimited,
        says: "Too many requests"
    )

    static let otherShapes: [ProviderContract] = [
        ProviderContract(
            id: "cohere-v4",
            environment: ["COHERE_API_KEY": "KEY-1"],
            url: "https://api.cohere.com/v2/embed",
            headers: ["Authorization": "Bearer KEY-1"],
            document:
                #"{"model":"embed-v4.0","texts":["Ünï \"q\"","b"],"input_type":"<task>","embedding_types":["float"],"output_dimension":1536,"truncate":"NONE"}"#,
            query:
                #"{"model":"embed-v4.0","texts":["b"],"input_type":"<task>","embedding_types":["float"],"output_dimension":1536,"truncate":"NONE"}"#,
            answer:
                #"{"id":"x","texts":["a \" [1,2]"],"embeddings":{"float":[<0>,<1>]},"meta":{"billed_units":{"input_tokens":9}}}"#,
            tokens: 9,
            failure: Failure(
                status: 401,
                body: #"{"message":"invalid api token"}"#,
                kind: .configuration,
                says: "invalid api token"
            )
        ).tasks("search_document", "search_query"),
        ProviderContract(
            id: "gemini",
            environment: ["GEMINI_API_KEY": "KEY-1"],
            url: "https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:batchEmbedContents",
            headers: ["x-goog-api-key": "KEY-1"],
            document:
                #"{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"Ünï \"q\""}]},"taskType":"<task>","outputDimensionality":1536},{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"b"}]},"taskType":"<task>","outputDimensionality":1536}]}"#,
            query:
                #"{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"b"}]},"taskType":"<task>","outputDimensionality":1536}]}"#,
            answer: #"{"embeddings":[{"values":<0>},{"values":<1>}]}"#,
            tokens: nil,
            failure: Failure(
                status: 429,
                body:
                    #"[{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}]"#,
                kind: .rateLimited,
                says: "exhausted",
                retryAfter: .seconds(34)
            )
        ).tasks("RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"),
        ProviderContract(
            id: "vertex",
            environment: [
                "GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_CLOUD_LOCATION": "europe-west4",
                "GOOGLE_APPLICATION_CREDENTIALS":
                    #"{"client_email":"a@b","private_key":"PEM","token_uri":"https://oauth2.test/token"}"#,
            ],
            url:
                "https://europe-west4-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west4/publishers/google/models/text-embedding-005:predict",
            headers: ["Authorization": "Bearer ACCESS-1"],
            document:
                #"{"instances":[{"content":"Ünï \"q\"","task_type":"<task>"},{"content":"b","task_type":"<task>"}],"parameters":{"autoTruncate":false,"outputDimensionality":768}}"#,
            query:
                #"{"instances":[{"content":"b","task_type":"<task>"}],"parameters":{"autoTruncate":false,"outputDimensionality":768}}"#,
            answer:
                #"{"predictions":[{"embeddings":{"statistics":{"truncated":false,"token_count":4},"values":<0>}},{"embeddings":{"values":<1>,"statistics":{"token_count":2}}}]}"#,
            tokens: 6,
            failure: Failure(
                status: 404,
                body: #"{"error":{"code":404,"message":"Publisher model was not found","status":"NOT_FOUND"}}"#,
                kind: .configuration,
                says: "check the URL and the model"
            )
        ).tasks("RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"),
        ProviderContract(
            id: "nomic",
            environment: ["NOMIC_API_KEY": "KEY-1"],
            url: "https://api-atlas.nomic.ai/v1/embedding/text",
            headers: ["Authorization": "Bearer KEY-1"],
            document: #"""
                {"model":"nomic-embed-text-v1.5","texts":["Ünï \"q\"","b"],\#
                "task_type":"<task>","dimensionality":768,"long_text_mode":"mean"}
                """#,
            query: #"""
                {"model":"nomic-embed-text-v1.5","texts":["b"],\#
                "task_type":"<task>","dimensionality":768,"long_text_mode":"mean"}
                """#,
            answer: #"{"embeddings":[<0>,<1>],"usage":{"prompt_tokens":6,"total_tokens":6},"model":"nomic-embed-text-v1.5"}"#,
            tokens: 6,
            failure: Failure(status: 500, body: "Internal Server Error", kind: .transient, says: "Internal Server Error")
        ).tasks("search_document", "search_query"),
        ProviderContract(
            id: "huggingface-tei",
            environment: ["TEI_URL": "http://tei:80", "TEI_API_KEY": "KEY-1"],
            url: "http://tei:80/embed",
            headers: ["Authorization": "Bearer KEY-1"],
            document: #"{"inputs":["Ünï \"q\"","b"],"normalize":true,"truncate":false}"#,
            query:
                #"{"inputs":["Represent this sentence for searching relevant passages: b"],"normalize":true,"truncate":false}"#,
            answer: "[<0>,\n<1>]",
            tokens: nil,
            failure: Failure(
                status: 422,
                body: #"{"error":"batch size 64 > maximum allowed batch size 32","error_type":"Validation"}"#,
                kind: .splittable,
                says: "batch size"
            )
        ),
        ProviderContract(
            id: "ollama",
            url: "http://127.0.0.1:11434/api/embed",
            headers: [:],
            document:
                #"{"model":"nomic-embed-text","input":["search_document: Ünï \"q\"","search_document: b"],"truncate":false}"#,
            query: #"{"model":"nomic-embed-text","input":["search_query: b"],"truncate":false}"#,
            answer:
                #"{"model":"nomic-embed-text","embeddings":[<0>,<1>],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":8}"#,
            tokens: 8,
            failure: Failure(
                status: 404,
                body: #"{"error":"model \"nomic-embed-text\" not found, try pulling it first"}"#,
                kind: .configuration,
                says: "try pulling it first"
            )
        ),
        ProviderContract(
            id: "bedrock-titan",
            environment: Self.amazon,
            url: "https://bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.titan-embed-text-v2%3A0/invoke",
            headers: ["Authorization": "AWS4-HMAC-SHA256 Credential=KEY-1/"],
            document: #"{"inputText":"Ünï \"q\"","dimensions":1024,"normalize":true}"#,
            query: #"{"inputText":"b","dimensions":1024,"normalize":true}"#,
            answer: #"{"embedding":<0>,"inputTextTokenCount":5,"embeddingsByType":{"float":<1>}}"#,
            tokens: 5,
            failure: Self.throttled
        ),
        ProviderContract(
            id: "bedrock-nova",
            environment: Self.amazon,
            url: "https://bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.nova-2-multimodal-embeddings-v1%3A0/invoke",
            headers: ["Authorization": "AWS4-HMAC-SHA256 Credential=KEY-1/"],
            document:
                #"{"schemaVersion":"nova-multimodal-embed-v1","taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"<task>","embeddingDimension":3072,"text":{"truncationMode":"NONE","value":"Ünï \"q\""}}}"#,
            query:
                #"{"schemaVersion":"nova-multimodal-embed-v1","taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"<task>","embeddingDimension":3072,"text":{"truncationMode":"NONE","value":"b"}}}"#,
            answer: #"{"embeddings":[{"embeddingType":"TEXT","embedding":<0>}]}"#,
            tokens: nil,
            failure: Self.throttled
        ).tasks("GENERIC_INDEX", "TEXT_RETRIEVAL"),
        ProviderContract(
            id: "bedrock-cohere",
            environment: Self.amazon,
            url: "https://bedrock-runtime.eu-west-1.amazonaws.com/model/cohere.embed-v4%3A0/invoke",
            headers: ["Authorization": "AWS4-HMAC-SHA256 Credential=KEY-1/"],
            document:
                #"{"texts":["Ünï \"q\"","b"],"input_type":"<task>","embedding_types":["float"],"output_dimension":1536,"truncate":"NONE"}"#,
            query:
                #"{"texts":["b"],"input_type":"<task>","embedding_types":["float"],"output_dimension":1536,"truncate":"NONE"}"#,
            answer: #"{"id":"x","response_type":"embeddings_by_type","embeddings":{"float":[<0>,<1>]}}"#,
            answerHeaders: [("X-Amzn-Bedrock-Input-Token-Count", "11")],
            tokens: 11,
            failure: Failure(
                status: 403,
                body: #"{"Message":"User is not authorized"}"#,
                headers: [("x-amzn-ErrorType", "AccessDeniedException")],
                kind: .configuration,
                says: "not authorized"
            )
        ).tasks("search_document", "search_query"),
        ProviderContract(
            id: "snowflake",
            environment: ["SNOWFLAKE_ACCOUNT_URL": "https://acme.snowflakecomputing.com", "SNOWFLAKE_TOKEN": "KEY-1"],
            url: "https://acme.snowflakecomputing.com/api/v2/cortex/inference:embed",
            headers: ["Authorization": "Bearer KEY-1", "X-Snowflake-Authorization-Token-Type": "PROGRAMMATIC_ACCESS_TOKEN"],
            document: #"{"model":"snowflake-arctic-embed-l-v2.0","text":["Ünï \"q\"","b"]}"#,
            query: #"{"model":"snowflake-arctic-embed-l-v2.0","text":["b"]}"#,
            answer:
                #"{"data":[{"object":"embedding","embedding":[<0>],"index":0},{"object":"embedding","embedding":[<1>],"index":1}],"usage":{"total_tokens":6}}"#,
            tokens: 6,
            failure: Failure(status: 400, body: #"{"message":"unknown model nope"}"#, kind: .configuration, says: "unknown model")
        ),
        ProviderContract(
            id: "watsonx",
            environment: ["WATSONX_API_KEY": "KEY-1", "WATSONX_PROJECT_ID": "proj-1"],
            url: "https://us-south.ml.cloud.ibm.com/ml/v1/text/embeddings?version=2024-05-02",
            headers: ["Authorization": "Bearer ACCESS-1"],
            document:
                #"{"model_id":"ibm/slate-125m-english-rtrvr","project_id":"proj-1","inputs":["Ünï \"q\"","b"],"parameters":{}}"#,
            query: #"{"model_id":"ibm/slate-125m-english-rtrvr","project_id":"proj-1","inputs":["b"],"parameters":{}}"#,
            answer:
                #"{"model_id":"m","results":[{"embedding":<0>},{"embedding":<1>}],"created_at":"2026-01-01T00:00:00Z","input_token_count":10}"#,
            tokens: 10,
            failure: Failure(
                status: 403,
                body: #"{"errors":[{"code":"no_associated_service_instance_error","message":"Project is not associated"}]}"#,
                kind: .configuration,
                says: "not associated"
            )
        ),
    ]
}
