/// A server's release.
public struct QdrantVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    public var patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `1.19.0`; what follows the third number, as in `1.20.1-dev`, is dropped. Nil where the text is no version.
    public init?(parsing text: String) {
        let numbers = text.prefix { $0 != "-" && $0 != "+" }.split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major, minor, numbers.count > 2 ? numbers[2] ?? 0 : 0)
    }

    public static func < (a: Self, b: Self) -> Bool { (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch) }

    public var description: String { "\(self.major).\(self.minor).\(self.patch)" }

    /// The first that computes IDF over one tenant's points.
    public static let firstWithCorpus = QdrantVersion(1, 19)
    /// The first with `update_filter`: older ones ignore it, and an old generation would overwrite a newer one.
    public static let firstWithConditionalUpsert = QdrantVersion(1, 16)
}
