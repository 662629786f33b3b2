import Postgres

/// One figure of the whole service, for `/metrics`.
public struct ServiceFigure: Sendable {
    public var name: String
    /// Of closed sets: no tenant, no key.
    public var labels: [(String, String)]
    public var value: Double

    public init(name: String, labels: [(String, String)] = [], value: Double) {
        self.name = name
        self.labels = labels
        self.value = value
    }
}

extension Store {
    /// What the database holds for all tenants together.
    public func figures() async throws -> [ServiceFigure] {
        try await self.pool.query("SELECT * FROM service_figures()").map { row in
            let label: String? = try row.decode("label")
            let second: String? = try row.decode("label_value")
            var labels: [(String, String)] = []
            if let label, let second {
                labels = zip(label.split(separator: ","), second.split(separator: ",")).map { (String($0), String($1)) }
            }
            return ServiceFigure(name: try row.decode("name"), labels: labels, value: try row.decode("value"))
        }
    }
}
