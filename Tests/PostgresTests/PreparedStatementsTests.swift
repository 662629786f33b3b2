import Testing

@testable import Postgres

@Suite("Prepared statements")
struct PreparedStatementsTests {
    @Test("The least recently used one goes first")
    func eviction() {
        var statements = PreparedStatements(capacity: 2)
        #expect(statements.insert("a", .init(name: "1", types: [])) == nil)
        #expect(statements.insert("b", .init(name: "2", types: [])) == nil)
        #expect(statements.find("a", types: [], isNull: { _ in false })?.name == "1")
        #expect(statements.insert("c", .init(name: "3", types: [])) == "2")
        #expect(statements.find("b", types: [], isNull: { _ in false }) == nil)
        #expect(statements.count == 2)
    }

    @Test("Types make a statement another one, unless the parameter is NULL")
    func types() {
        var statements = PreparedStatements(capacity: 8)
        _ = statements.insert("a", .init(name: "ints", types: [20, 0]))
        _ = statements.insert("a", .init(name: "uuids", types: [2950, 0]))
        #expect(statements.find("a", types: [2950, 0], isNull: { _ in false })?.name == "uuids")
        #expect(statements.find("a", types: [0, 0], isNull: { $0 == 0 })?.name == "ints")
        #expect(statements.find("a", types: [0, 0], isNull: { _ in false }) == nil)
        #expect(statements.find("a", types: [20], isNull: { _ in false }) == nil)
        statements.remove("a", name: "ints")
        #expect(statements.find("a", types: [20, 0], isNull: { _ in false }) == nil)
        #expect(statements.count == 1)
    }
}
