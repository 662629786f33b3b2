/// One kind of thing that is kept in a table and indexed.
///
/// A conforming type is the row as a connector writes it. Its ``Context`` holds what the document needs of *other* rows (the
/// title of a review's pull request, the name of a changelog's status); the store reads both in one query.
public protocol Entity: Sendable, Equatable {
    associatedtype Context: Sendable

    static var table: EntityTable { get }
    /// Raised whenever ``document(in:)`` changes what it says; rows indexed with an older one are enqueued again.
    static var documentVersion: Int { get }

    /// The source's own unchanging id; unique within the integration and table.
    var stableID: String { get }
    /// What people call it: `PAY-142`, `acme/api#57`.
    var externalID: String { get }

    /// What is indexed of it.
    func document(in context: Context) -> EntityDocument
}

extension Entity {
    public static var documentVersion: Int { 1 }
}

/// The context of an entity that needs nothing but its own row.
public struct NoContext: Sendable, Equatable {
    public init() {}
}
