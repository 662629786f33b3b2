/// The payload keys of a point, as the vectorization stage writes them and the search reads them.
public enum PayloadKey {
    public static let table = "table"
    public static let source = "source"
    public static let externalID = "external_id"
    public static let title = "title"
    public static let url = "url"
    /// The chunk's text, heading included.
    public static let text = "text"
    /// From 0.
    public static let chunk = "chunk"
    /// How many chunks the entity has.
    public static let chunks = "chunks"
    /// SHA-256 of the chunk's text, in hexadecimal.
    public static let contentHash = "content_hash"
    public static let project = "project"
    /// `owner/name` in lower case.
    public static let repository = "repository"
    public static let author = "author"
    public static let status = "status"
    public static let updatedAt = "updated_at"

    /// All of them but the text, whose digest is among them.
    public static let described = [
        Self.table, Self.source, Self.externalID, Self.title, Self.url, Self.chunk, Self.chunks, Self.contentHash, Self.project,
        Self.repository, Self.author, Self.status, Self.updatedAt,
    ]
}
