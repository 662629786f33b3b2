/// Someone who works at the made-up company.
struct Person: Sendable, Equatable {
    var id: Int
    var login: String
    var name: String
    var isBot = false

    var accountID: String { "5f0000000000000000000a" + String(id + 10) }

    static let all: [Person] = [
        Person(id: 0, login: "mlindqvist", name: "Maja Lindqvist"),
        Person(id: 1, login: "jalvarez", name: "José Álvarez"),
        Person(id: 2, login: "priya-raman", name: "Priya Raman"),
        Person(id: 3, login: "soren-k", name: "Søren Kjær"),
        Person(id: 4, login: "hanako-y", name: "山田 花子"),
        Person(id: 5, login: "okoval", name: "Олена Коваль"),
        Person(id: 6, login: "tbauer", name: "Tobias Bauer"),
        Person(id: 7, login: "amina-d", name: "Amina Diallo"),
        Person(id: 8, login: "l-nowak", name: "Łukasz Nowak"),
        Person(id: 9, login: "dcohen", name: "דנה כהן"),
    ]

    static let bot = Person(id: 50, login: "acme-ci[bot]", name: "Acme CI", isBot: true)

    /// GitHub's form.
    var user: JSONValue {
        [
            "login": .string(login), "id": .int(41_000 + id), "node_id": .string("U_kgDO\(41_000 + id)"),
            "avatar_url": .string("https://github.example/avatars/\(41_000 + id)"),
            "url": .string("https://api.github.example/users/\(login)"), "html_url": .string("https://github.example/\(login)"),
            "type": isBot ? "Bot" : "User", "site_admin": false,
        ]
    }

    /// Jira's form. Addresses are hidden, as most people's profiles have it.
    var account: JSONValue {
        [
            "self": .string("https://acme.jira.example/rest/api/3/user?accountId=\(accountID)"), "accountId": .string(accountID),
            "accountType": "atlassian", "displayName": .string(name), "active": .bool(id != 9), "timeZone": "Europe/Berlin",
        ]
    }

    /// A signature in a commit. Addresses end in a domain that can belong to nobody.
    func signature(at instant: Instant) -> JSONValue {
        ["name": .string(name), "email": .string(login + "@acme.example"), "date": .string(instant.gitHub)]
    }
}
