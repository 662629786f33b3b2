/// What GitHub's GraphQL answered: data, which may have holes, and why they are there.
struct GraphAnswer: Sendable {
    struct Problem: Sendable, Equatable {
        /// Such as `NOT_FOUND`, `FORBIDDEN`, `INSUFFICIENT_SCOPES`, `RESOURCE_LIMITS_EXCEEDED`; or the code of a query that the
        /// schema refuses, such as `undefinedField`.
        var type: String
        var message: String
        /// Where the hole is, from the top of `data`.
        var path: [String]
        /// Whether the schema knows something of the query not or otherwise.
        var isOfSchema: Bool

        /// Whether what is missing is not there for us, today and tomorrow.
        var isForGood: Bool { ["NOT_FOUND", "FORBIDDEN"].contains(self.type) }
    }

    var data: JSONValue
    var problems: [Problem]
    var cost: Int?
    var elapsed: Duration

    init(_ answer: SourceClient.Answer) {
        self.data = answer.json["data"]
        self.problems = (answer.json["errors"].array ?? []).map { error in
            let code = error["extensions"]["code"].text
            return Problem(
                type: error["type"].text ?? code ?? "",
                message: error["message"].string ?? "no reason given",
                path: (error["path"].array ?? []).compactMap { $0.string ?? $0.int.map(String.init) },
                isOfSchema: code != nil && error["type"].isNull
            )
        }
        self.cost = self.data["rateLimit"]["cost"].int
        self.elapsed = answer.elapsed
    }

    /// Whether the query asked for more than GitHub spends on one: a smaller page helps.
    var isTooLarge: Bool {
        self.problems.contains { problem in
            problem.type.hasPrefix("RESOURCE_LIMITS") || problem.type.hasPrefix("MAX_NODE_LIMIT")
                || problem.message.lowercased().contains("timed out") || problem.message.lowercased().contains("timeout")
                || problem.message.hasPrefix("Something went wrong while executing your query")
        }
    }

    /// Why one of the list's pull requests is missing as a whole, where it may be there the next time. Nobody knows which one it is,
    /// so only the page can be asked for again.
    func passingHole(among nodes: [JSONValue]) -> Problem? {
        for (index, node) in nodes.enumerated() where node.isNull {
            guard let problem = self.problem(at: ["repository", "pullRequests", "nodes", String(index)]) else { continue }
            if !problem.isForGood { return problem }
        }
        return nil
    }

    /// Members of the object at `path` that are missing, as a whole or in part, because something failed: there may be something.
    func holes(at path: [String]) -> Set<String> {
        Set(self.problems.filter { $0.path.count > path.count && $0.path.starts(with: path) }.map { $0.path[path.count] })
    }

    /// The problem at or below `path`.
    func problem(at path: [String]) -> Problem? { self.problems.first { $0.path.starts(with: path) } }
}
