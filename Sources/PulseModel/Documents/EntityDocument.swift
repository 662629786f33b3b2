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

    /// What a hit is headed by; also the first line of each chunk, so that a chunk read alone still says what it is about. A long one
    /// is cut: each point of the entity carries it, and a commit message may be one line of megabytes.
    public var title: String
    /// Where a person reads the original.
    public var url: String?
    /// Parts that hold text, in order of weight. Blank ones are left out.
    public private(set) var parts: [Part]
    public var facets: Facets

    public init(title: String, url: String? = nil, parts: [Part], facets: Facets) {
        let whole = Self.clean(title)
        self.title = Self.shortened(whole)
        self.url = url
        self.parts = parts.compactMap { part in
            let text = Self.clean(part.text)
            return text.isEmpty ? nil : Part(part.label, text)
        }
        self.facets = facets
        // The body holds what was cut off.
        if self.parts.isEmpty, self.title != whole { self.parts = [Part("Title", whole)] }
    }

    /// The parts as text, a line or paragraph each. Never empty: an entity without any text is its title.
    public var body: String {
        let lines = self.parts.map { "\($0.label): \($0.text)" }
        return lines.isEmpty ? self.title : lines.joined(separator: "\n")
    }

    /// Unicode scalars that a title keeps; GitHub and Jira allow some 255 characters where they allow only so many.
    static let longestTitle = 500

    /// As much of a title as is kept: whole words, unless there is a very long one.
    private static func shortened(_ title: String) -> String {
        let scalars = title.unicodeScalars
        guard title.utf8.count > Self.longestTitle,
            let end = scalars.index(scalars.startIndex, offsetBy: Self.longestTitle, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return title }
        let start = title[..<end]
        // The last character may be one that the cut goes through.
        let kept = start.suffix(Self.longestTitle / 2).lastIndex(where: \.isWhitespace).map { start[..<$0] } ?? start.dropLast()
        return Self.clean(String(kept)) + "…"
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
