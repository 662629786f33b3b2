/// What a Jira issue type counts as.
public struct TypeMapping: Entity {
    public static let table = EntityTable.witsMappings

    /// The issue type's name in Jira.
    public var from: String
    public var to: String
    public var levelNumber: Int

    public init(from: String, to: String, levelNumber: Int) {
        self.from = from
        self.to = to
        self.levelNumber = levelNumber
    }

    public var stableID: String { self.from }
    public var externalID: String { self.from }

    /// The name of the level.
    public struct Context: Sendable {
        public var levelName: String?

        public init(levelName: String?) {
            self.levelName = levelName
        }
    }

    public func document(in context: Context) -> EntityDocument {
        EntityDocument(
            title: "Type mapping \(self.from) → \(self.to)",
            parts: [
                .init("Work item type", self.from), .init("Counts as", self.to),
                .init("Hierarchy level", context.levelName ?? String(self.levelNumber)),
            ],
            facets: Facets()
        )
    }
}
