/// What an answer comes without where a part of a query fails.
extension GraphRoutes {
    /// Takes the reviews of the page's first pull request away, as GitHub does where a part of a query fails.
    static func loseReviews(in data: inout JSONValue, _ errors: inout [JSONValue]) {
        let pulls = data["repository"]?["pullRequests"]?["nodes"]?.arrayValue
        guard pulls?.first?["reviews"] != nil else { return }
        let path: [JSONValue] = ["repository", "pullRequests", "nodes", 0, "reviews"]
        data = Self.without(path[...], data)
        errors.append(Self.error(path, "The reviews could not be loaded."))
    }

    /// Takes one person, or one element of a list, away from the answer.
    ///
    /// - Returns: whether there was one.
    static func lose(seed: UInt64, in data: inout JSONValue, _ errors: inout [JSONValue]) -> Bool {
        let places = Self.places(in: data, [])
        guard !places.isEmpty else { return false }
        var random = SeededRandom(seed: seed)
        let path = random.pick(places)
        data = Self.without(path[...], data)
        errors.append(Self.error(path, "A part of the answer could not be loaded."))
        return true
    }

    private static func error(_ path: [JSONValue], _ message: String) -> JSONValue {
        ["type": "SERVICE_UNAVAILABLE", "path": .array(path), "message": .string(message)]
    }

    /// Where GitHub's schema lets null stand for a person or an element, from the top of `value`.
    private static func places(in value: JSONValue, _ path: [JSONValue]) -> [[JSONValue]] {
        var places: [[JSONValue]] = []
        for member in value.members ?? [] {
            let inner = path + [.string(member.key)]
            if ["author", "mergedBy", "user", "requestedReviewer"].contains(member.key), member.value.members != nil {
                places.append(inner)
            }
            places += Self.places(in: member.value, inner)
        }
        for (index, element) in (value.arrayValue ?? []).enumerated() where element.members != nil {
            let inner = path + [.int(index)]
            places.append(inner)
            places += Self.places(in: element, inner)
        }
        return places
    }

    private static func without(_ path: ArraySlice<JSONValue>, _ value: JSONValue) -> JSONValue {
        guard let first = path.first else { return .null }
        if let index = first.intValue, var elements = value.arrayValue, elements.indices.contains(index) {
            elements[index] = Self.without(path.dropFirst(), elements[index])
            return .array(elements)
        }
        guard let members = value.members else { return value }
        return .object(
            members.map { member in
                guard .string(member.key) == first else { return member }
                return JSONMember(key: member.key, value: Self.without(path.dropFirst(), member.value))
            }
        )
    }
}
