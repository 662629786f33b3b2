import Foundation

/// Where a list goes on, in a form that clients hand back without looking into it: the sort values of the last element.
struct PageCursor: Equatable {
    var values: [String]

    init(_ values: String...) { self.values = values }

    init?(_ text: String) {
        var padded = text.replacing("-", with: "+").replacing("_", with: "/")
        padded += String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), let values = try? JSONDecoder().decode([String].self, from: data),
            !values.contains(where: { $0.utf8.contains(0) })
        else { return nil }
        self.values = values
    }

    var text: String {
        // A list of texts always encodes.
        let data = (try? JSONEncoder().encode(self.values)) ?? Data()
        return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// One page of a list: its elements under a name of their own, and where it goes on.
struct PageBody<Element: Encodable>: Encodable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var name: String
    var elements: [Element]
    var next: PageCursor?

    /// - Parameters:
    ///   - rows: up to one more than `limit`, by which it is known that there are more.
    ///   - cursor: of the last row of the page.
    init<Row>(_ name: String, _ rows: [Row], limit: Int, cursor: (Row) -> PageCursor, _ element: (Row) -> Element) {
        self.name = name
        self.elements = rows.prefix(limit).map(element)
        self.next = rows.count > limit ? rows.prefix(limit).last.map(cursor) : nil
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(self.elements, forKey: Key(stringValue: self.name))
        try container.encodeIfPresent(self.next?.text, forKey: Key(stringValue: "next_cursor"))
    }
}
