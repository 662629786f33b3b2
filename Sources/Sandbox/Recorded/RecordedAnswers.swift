import Foundation

/// A directory of recorded answers: JSON lists of {url, input, items}, one entry a recorded request, items the objects of its page.
struct RecordedAnswers: Sendable {
    struct Page: Sendable {
        var url: String
        var input: JSONValue
        var items: [JSONValue]
    }

    let directory: String

    /// - Throws: `SandboxError` where the file is missing or has another shape.
    func pages(_ name: String) throws -> [Page] {
        let path = directory + "/" + name
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SandboxError(
                "The recorded answers have no file \(path). Name a directory that holds github/devlake_json and jira/devlake_json."
            )
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse([UInt8](data))
        } catch {
            throw SandboxError("\(path): \(error)")
        }
        guard let entries = value.arrayValue else { throw SandboxError("\(path) is no JSON list of {url, input, items}.") }
        return try entries.map { entry in
            guard let url = entry["url"]?.stringValue, let items = entry["items"]?.arrayValue else {
                throw SandboxError("\(path) has an entry without url or items.")
            }
            return Page(url: url, input: entry["input"] ?? .null, items: items)
        }
    }

    /// All objects of a file, of those with one id the one that was updated last (the later one where that says nothing), in the
    /// order in which ids appear first.
    func distinct(_ name: String, id: String = "id") throws -> [JSONValue] {
        try Self.distinct(pages(name).flatMap(\.items), id: id)
    }

    static func distinct(_ objects: [JSONValue], id: String) -> [JSONValue] {
        var positions: [String: Int] = [:]
        var result: [JSONValue] = []
        for object in objects {
            let key = object[id].map { $0.stringValue ?? String($0.intValue ?? 0) } ?? ""
            guard let position = positions[key] else {
                positions[key] = result.count
                result.append(object)
                continue
            }
            if updated(object) >= updated(result[position]) { result[position] = object }
        }
        return result
    }

    static func updated(_ object: JSONValue) -> Instant {
        let text = object["updated_at"]?.stringValue ?? object["fields"]?["updated"]?.stringValue ?? ""
        return Instant(text) ?? Instant(milliseconds: 0)
    }
}
