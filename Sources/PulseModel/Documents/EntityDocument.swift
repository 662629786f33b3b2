import Foundation

/// What is indexed of one entity: a heading, labelled parts of text, and the facets that a search filters by.
public struct EntityDocument: Sendable, Equatable {
    /// One labelled piece of text, such as `Description`.
    public struct Part: Sendable, Equatable {
        public var label: String
        public var text: String

        public init(_ label: String, _ text: String) {
            self.label = label
            self.text = text
        }
    }

    /// What a hit is headed by; also the first line of each chunk, so that a chunk read alone still says what it is about.
    public var title: String
    /// Where a person reads the original.
    public var url: String?
    /// Parts that hold text, in order of weight. Blank ones are left out.
    public private(set) var parts: [Part]
    public var facets: Facets

    public init(title: String, url: String? = nil, parts: [Part], facets: Facets) {
        self.title = Self.clean(title)
        self.url = url
        self.parts = parts.compactMap { part in
            let text = Self.clean(part.text)
            return text.isEmpty ? nil : Part(part.label, text)
        }
        self.facets = facets
    }

    /// The parts as text, a line or paragraph each. Never empty: an entity without any text is its title.
    public var body: String {
        let lines = self.parts.map { "\($0.label): \($0.text)" }
        return lines.isEmpty ? self.title : lines.joined(separator: "\n")
    }

    /// Text without control characters: they carry no meaning, PostgreSQL refuses NUL, and a terminal obeys ESC.
    public static func clean(_ text: String) -> String { CleanText.clean(text) }
}

extension EntityDocument.Part {
    /// A part that may have no text.
    public init(_ label: String, _ text: String?) {
        self.init(label, text ?? "")
    }
}
