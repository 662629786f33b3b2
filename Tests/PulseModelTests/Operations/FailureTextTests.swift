import PulseModel
import Testing

@Suite("Texts of failures as they are shown")
struct FailureTextTests {
    @Test(
        "They name neither hosts nor statements",
        arguments: [
            (
                "PostgreSQL: the server refused [42P01]: relation \"x\" does not exist Statement: SELECT secret FROM x",
                FailureText.ofDatabase
            ),
            ("health: PostgreSQL: cannot connect: 10.0.0.7 refused", "health: \(FailureText.ofDatabase)"),
            ("cannot reach Qdrant at http://10.0.0.8:6333: connection refused; start it", "Qdrant cannot be reached"),
            ("Qdrant's URL http://10.0.0.8:x cannot be used; set it", "Qdrant cannot be reached"),
            (
                "Qdrant may or may not upsert points into `c`: the connection to 10.0.0.8:6333 was lost",
                "Qdrant may or may not upsert points into `c`"
            ),
            ("Qdrant could not count in `c`: 503 <html>peer 10.0.0.9", "Qdrant could not count in `c`"),
            ("Qdrant refused to count in `c`: 302 http://10.0.0.9/", "Qdrant refused to count in `c`"),
        ]
    )
    func silent(text: String, shown: String) {
        #expect(FailureText.withoutHosts(text) == shown)
        #expect(FailureText.withoutHosts(shown) == shown)
    }

    @Test(
        "What is about the request itself, and what others say, stays",
        arguments: [
            "Qdrant refused to upsert points into `c`: 400 Wrong input: expected dim: 4, got 3",
            "Qdrant refused to upsert points into `c`: a number is not finite",
            "Qdrant is rate-limiting, could not upsert (429); alone it is beyond the server's limit, which may have to be raised",
            "openai: it answered 401: Incorrect API key provided (check the key and what it permits)", "",
        ]
    )
    func kept(text: String) {
        #expect(FailureText.withoutHosts(text) == text)
    }
}
