/// Texts of failures as they are shown to those who may look at a tenant and do not run the installation.
public enum FailureText {
    /// What is told of a failure of the database.
    public static let ofDatabase = "PostgreSQL does not answer as it should; the service's log says why"

    /// Of the words of the database and of Qdrant, what names neither hosts nor statements: of PostgreSQL's nothing, of Qdrant's what
    /// could not be done, and why where the request itself was at fault. What stands ahead of them stays.
    ///
    /// Who writes a failure down should know what may be told of it; this is for texts that came from elsewhere or stand already.
    public static func withoutHosts(_ text: String) -> String {
        if let words = text.firstRange(of: "PostgreSQL: ") { return text[..<words.lowerBound] + Self.ofDatabase }
        if let words = text.firstRange(of: #/cannot reach Qdrant at |Qdrant's URL /#) {
            return text[..<words.lowerBound] + "Qdrant cannot be reached"
        }
        let phrase = /Qdrant (?:refused|denied|could not|may or may not|is rate-limiting|gave an unreadable answer)[^:]*/
        guard let match = text.firstMatch(of: phrase), text[match.range.upperBound...].hasPrefix(": ") else { return text }
        let why = text[match.range.upperBound...].dropFirst(2)
        guard match.output.hasPrefix("Qdrant refused to"), why.prefixMatch(of: /400 |413 |422 |(?!\d{3}\b)/) != nil else {
            return String(text[..<match.range.upperBound])
        }
        return text
    }
}
