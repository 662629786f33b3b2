/// The objects that hang on another one, such as a pull request's commits.
enum DocumentList: Sendable {
    case stored([JSONValue])
    case made(@Sendable () -> [JSONValue])

    func json() -> [JSONValue] {
        switch self {
        case .stored(let values): values
        case .made(let make): make()
        }
    }
}
