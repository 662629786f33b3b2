/// A person as the source names them.
public struct SourceUser: Sendable, Equatable {
    public var id: String
    public var name: String?
    public var isActive: Bool?

    public init(id: String, name: String?, isActive: Bool?) {
        self.id = id
        self.name = name
        self.isActive = isActive
    }
}
