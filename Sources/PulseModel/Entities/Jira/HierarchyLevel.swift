/// A level of the work item hierarchy: sub-task, story, epic and what stands above.
public struct HierarchyLevel: Entity {
    public static let table = EntityTable.witsHierarchies

    public var levelNumber: Int
    public var levelName: String
    public var details: String?

    public init(levelNumber: Int, levelName: String, details: String?) {
        self.levelNumber = levelNumber
        self.levelName = levelName
        self.details = details
    }

    public var stableID: String { String(self.levelNumber) }
    public var externalID: String { String(self.levelNumber) }

    public func document(in context: NoContext) -> EntityDocument {
        EntityDocument(
            title: "Hierarchy level \(self.levelName)",
            parts: [
                .init("Hierarchy level", self.levelName), .init("Level number", String(self.levelNumber)),
                .init("Description", self.details),
            ],
            facets: Facets()
        )
    }
}
