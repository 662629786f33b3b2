/// One story of the made-up company, told in the words of those who meet it: who suffers from it, who mends it, who reviews it.
///
/// The texts of one theme share its matter and hardly its words, so that a search by meaning has something to find that a search
/// by words does not.
struct Theme: Sendable {
    enum Kind: String, Sendable {
        case bug = "Bug"
        case story = "Story"
        case task = "Task"
    }

    var area: Area
    var kind: Kind = .bug
    /// A noun phrase, such as "charges made twice".
    var subject: String
    var summary: String
    var description: [String]
    /// The same trouble as another team or customer reports it.
    var echoSummary: String
    var echo: String
    /// A piece of the work.
    var step: String
    var branch: String
    var pullTitle: String
    var pullBody: String
    var commits: [String]
    /// What a reviewer wants changed.
    var objection: String
    /// What a reviewer likes.
    var praise: String
    /// The file of an inline comment.
    var path: String
    var remark: String
    /// A comment in the conversation.
    var talk: String

    static let all: [Theme] = payments + web + mobile + operations + data
}

/// A part of the company: a Jira project and the repository in which most of its work is done.
enum Area: Int, Sendable, CaseIterable {
    case payments, web, mobile, operations, data

    var projectKey: String { ["PAY", "WEB", "MOB", "OPS", "DATA"][rawValue] }
    var projectName: String { ["Payments", "Web shop", "Mobile apps", "Operations", "Search and data"][rawValue] }
    var repository: String { ["acme/api", "acme/web", "acme/mobile", "acme/api", "acme/api"][rawValue] }
    var goal: String {
        [
            "Money arrives once, on time and to the cent", "A shop that is quick and open to everyone",
            "Apps that survive bad networks and old phones", "Nights without alarms", "People find what they mean",
        ][rawValue]
    }
}
