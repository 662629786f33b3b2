import Foundation
import Hummingbird
import Logging
import Store

/// A request that has been let in and whose parameters and body are as the route declares them.
struct RouteCall: Sendable {
    let request: Request
    let context: PulseContext
    /// Nil on routes for everybody.
    let caller: Caller?
    /// Of path and query, by name.
    let values: [String: [String]]
    /// The body; empty where there is none.
    let bytes: [UInt8]

    var logger: Logger { self.context.logger }

    // MARK: Who

    /// Who asks within a tenant. On routes of `RouteAccess.tenant` there always is one.
    var principal: Principal {
        get throws(Problem) {
            guard case .tenant(let principal)? = self.caller else { throw Problem.unauthenticated }
            return principal
        }
    }

    var tenant: UUID { get throws(Problem) { try self.principal.tenant } }

    /// Who asks, for records: `key 1f0c…`, `user ann@acme.example`.
    var actor: String { self.caller?.actor ?? "somebody" }

    // MARK: What

    /// The value of a parameter; nil where it was left out.
    func text(_ name: String) -> String? { self.values[name]?.first }

    /// The values of a parameter that may be repeated.
    func texts(_ name: String) -> [String] { self.values[name] ?? [] }

    /// The value of a parameter of the path.
    func path(_ name: String) -> String { self.text(name) ?? "" }

    func integer(_ name: String) -> Int? { self.text(name).flatMap { Int($0) } }

    /// False where it was left out.
    func flag(_ name: String) -> Bool { self.text(name) == "true" }

    func uuid(_ name: String) -> UUID? { self.text(name).flatMap { UUID(uuidString: $0) } }

    func choice<T: RawRepresentable>(_ name: String, _ type: T.Type = T.self) -> T? where T.RawValue == String {
        self.text(name).flatMap { T(rawValue: $0) }
    }

    /// A point in time; see ``TextRule/instant``.
    func instant(_ name: String) throws(Problem) -> Date? {
        guard let text = self.text(name) else { return nil }
        guard let date = InstantText.parse(text) else {
            throw Problem.unprocessable(name, "\(text.prefix(100)) is no date of any calendar", allowed: InstantText.allowed)
        }
        return date
    }

    /// What ``PageCursor`` of the page before held; nil on the first page.
    func cursor(_ count: Int) throws(Problem) -> [String]? {
        guard let text = self.text("cursor") else { return nil }
        guard let cursor = PageCursor(text), cursor.values.count == count else { throw Problem.unknownCursor }
        return cursor.values
    }

    /// The body as a value of `type`.
    func body<T: Decodable>(_ type: T.Type) throws(Problem) -> T { try StrictJSON.decode(type, from: self.bytes) }

    /// The body, or `empty` where it is absent.
    func body<T: Decodable>(_ type: T.Type, emptyIs empty: T) throws(Problem) -> T {
        self.bytes.isEmpty ? empty : try self.body(type)
    }

    // MARK: Answers

    func answer(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        try JSONAnswer.response(value, status: status)
    }

    var noContent: Response { Response(status: .noContent) }
}
