import Testing

@testable import Connectors

@Suite("Integration files")
struct IntegrationDefinitionTests {
    private func read(_ json: String) throws(IntegrationDefinitionError) -> IntegrationDefinition {
        try IntegrationDefinition(json: json.utf8)
    }

    private func problems(_ json: String) -> [String] {
        do {
            _ = try self.read(json)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("The mission's GitHub file reads")
    func github() throws {
        let definition = try self.read(
            #"{"kind":"github","base_url":"https://api.github.com/","organization":"acme","repositories":["acme/api","web"],"token":"env:GITHUB_TOKEN"}"#
        )
        guard case .github(let github) = definition else {
            Issue.record("not a GitHub definition")
            return
        }
        #expect(github.baseURL == "https://api.github.com")
        #expect(github.repositories == ["acme/api", "acme/web"])
        #expect(github.tokens.map(\.variable) == ["GITHUB_TOKEN"])
        #expect(definition.name == nil)
    }

    @Test("The mission's Jira file reads; projects, page size and fields may be left out")
    func jira() throws {
        let definition = try self.read(
            #"{"kind":"jira","base_url":"https://acme.atlassian.net","email":"a@acme.example","api_token":"env:JIRA_TOKEN","projects":["pay"],"max_results":100,"fields":["summary"]}"#
        )
        guard case .jira(let jira) = definition else {
            Issue.record("not a Jira definition")
            return
        }
        #expect(jira.projects == ["PAY"])
        #expect(jira.fields == ["summary"])
        let short = try self.read(
            #"{"kind":"jira","name":"main","base_url":"https://acme.atlassian.net","email":"a@acme.example","api_token":"env:JIRA_TOKEN"}"#
        )
        guard case .jira(let all) = short else { return }
        #expect(all.projects.isEmpty)
        #expect(all.maxResults == 100)
        #expect(short.name == "main")
    }

    @Test("A definition tells which secrets of the vault it names")
    func vaultSecrets() throws {
        let app = try self.read(
            #"{"kind":"github","base_url":"https://api.github.com","organization":"acme","app_id":1,"installation_id":2,"private_key":"vault:key","webhook_secret":"vault:hook"}"#
        )
        #expect(app.vaultSecrets == ["key", "hook"])
        let jira = try self.read(
            #"{"kind":"jira","base_url":"https://acme.atlassian.net","email":"a@acme.example","api_token":"vault:token","webhook_secret":"env:HOOK"}"#
        )
        #expect(jira.vaultSecrets == ["token"])
    }

    @Test("The organization may be left out where repositories are named, and only there")
    func organization() {
        let start = #"{"kind":"github","base_url":"https://api.github.com","token":"env:T""#
        #expect(self.problems(start + #","repositories":["a/b"]}"#).isEmpty)
        #expect(
            self.problems(start + "}").first?.hasPrefix("organization: is missing, and no repositories are named; add") == true
        )
        #expect(self.problems(start + #","repositories":[]}"#).first?.hasPrefix("repositories: is empty") == true)
        #expect(self.problems(start + #","repositories":["b"]}"#).first?.contains("is not owner/name") == true)
        #expect(self.problems(start + #","repositories":["../b"]}"#).count == 1)
    }

    @Test("A secret in a file is refused and not repeated")
    func literalSecret() {
        let found = self.problems(
            #"{"kind":"github","base_url":"https://api.github.com","organization":"acme","token":"ghp_verysecret"}"#
        )
        #expect(found.count == 1)
        #expect(found.first?.contains("secrets never stand in files") == true)
        #expect(found.first?.contains("env:GITHUB_TOKEN") == true)
        #expect(found.first?.contains("verysecret") == false)
    }

    @Test("An unknown key is named with the one that was probably meant")
    func unknownKey() {
        let found = self.problems(
            #"{"kind":"github","base_url":"https://api.github.com","organisation":"acme","organization":"acme","token":"env:T","zzzzzzzzz":1}"#
        )
        #expect(found.first == #"organisation: unknown key; did you mean "organization"?"#)
        #expect(found.last?.hasPrefix("zzzzzzzzz: unknown key; allowed are kind, name") == true)
    }

    @Test("Every problem is one line of key, problem and remedy, and all are told at once")
    func allAtOnce() {
        let found = self.problems(#"{"kind":"jira","base_url":"ftp://x","email":"nobody","max_results":0,"projects":["1-2", 5]}"#)
        #expect(
            found.map { $0.prefix { $0 != ":" } } == [
                "base_url", "api_token", "max_results", "email", "projects[1]", "projects[0]",
            ]
        )
        #expect(found.allSatisfy { !$0.contains("\n") && $0.contains("; ") })
    }

    @Test("Files that are no JSON, no object or of another kind are refused")
    func malformed() {
        #expect(self.problems("{\"kind\":").first?.contains("not JSON") == true)
        #expect(self.problems("[]").first?.contains("no JSON object") == true)
        #expect(self.problems("{}").first?.hasPrefix("kind: is missing") == true)
        #expect(self.problems(#"{"kind":"gitlab"}"#).first?.hasPrefix("kind: gitlab is not supported") == true)
    }

    @Test("A token is not sent unencrypted over the internet")
    func plainHTTP() {
        func file(_ url: String) -> String {
            #"{"kind":"github","base_url":"\#(url)","organization":"acme","token":"env:T"}"#
        }
        #expect(self.problems(file("http://api.github.com")).first?.contains("unencrypted") == true)
        #expect(self.problems(file("http://127.0.0.1:8099")).isEmpty)
        #expect(self.problems(file("http://sandbox:8099/api/v3")).isEmpty)
        #expect(self.problems(file("https://api.github.com@evil.example")).count == 1)
    }

    @Test("A missing variable is named; a secret never shows when printed")
    func secrets() throws {
        let reference = SecretReference(variable: "GITHUB_TOKEN")
        let error = #expect(throws: IntegrationDefinitionError.self) { try reference.resolve("token", environment: [:]) }
        #expect(error?.description.contains("environment variable GITHUB_TOKEN is not set") == true)
        #expect(throws: IntegrationDefinitionError.self) { try reference.resolve("token", environment: ["GITHUB_TOKEN": " "]) }
        #expect(throws: IntegrationDefinitionError.self) {
            try reference.resolve("token", environment: ["GITHUB_TOKEN": "a\r\nHost: evil"])
        }
        let secret = try reference.resolve("token", environment: ["GITHUB_TOKEN": "ghp_x\n"])
        #expect(secret == Secret("ghp_x"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret)\(String(reflecting: secret))\(dumped)".contains("ghp_x"))
    }
}
