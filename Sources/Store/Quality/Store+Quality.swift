public import Foundation
import Postgres
import PulseModel

extension Store {
    /// So many findings of a rule are kept; its numbers count all.
    private static let findingsOfRule = 100

    /// Checks the rows of an integration against every rule, and keeps what came of it in place of the assessment before.
    ///
    /// - Returns: the score, 0 to 100.
    @discardableResult
    public func assessQuality(tenant: UUID, integration: UUID) async throws -> Double {
        try await self.inTenant(tenant) { connection in
            let scope: [PostgresValue] = [.uuid(tenant), .uuid(integration)]
            // Of two assessments at once, the later one stands.
            try await connection.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('quality ' || $1::text, 0))",
                [.text(integration.uuidString)]
            )
            let kinds = try await connection.query(
                "SELECT kind FROM integrations WHERE tenant_id = $1 AND id = $2",
                scope
            )
            guard let name = try kinds.first?.decode("kind", as: String.self), let source = SourceKind(rawValue: name)
            else { return 100 }
            for table in ["data_quality_findings", "data_quality_rules"] {
                try await connection.query("DELETE FROM \(table) WHERE tenant_id = $1 AND integration_id = $2", scope)
            }
            var assessment = Assessment()
            for rule in QualityRule.all(of: source) {
                try await Self.apply(rule, scope: scope, connection: connection, into: &assessment)
            }
            try await connection.query(
                """
                INSERT INTO data_quality
                    (tenant_id, integration_id, score, completeness, consistency, accuracy, timeliness, checked)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                scope + [.double(assessment.score)] + QualityKind.allCases.map { .double(assessment.score(of: $0)) }
                    + [.int(assessment.checked)]
            )
            return assessment.score
        }
    }

    private static func apply(
        _ rule: QualityRule,
        scope: [PostgresValue],
        connection: PostgresConnection,
        into assessment: inout Assessment
    ) async throws {
        let counts = try await connection.query(
            "SELECT count(*) AS checked, count(*) FILTER (WHERE \(rule.isBroken)) AS broken FROM \(rule.rows)",
            scope
        )
        guard let row = counts.first else { return }
        let checked: Int = try row.decode("checked")
        let broken: Int = try row.decode("broken")
        assessment.add(rule, checked: checked, broken: broken)
        try await connection.query(
            """
            INSERT INTO data_quality_rules (tenant_id, integration_id, rule, quality, description, checked, broken)
            VALUES ($1, $2, $3::text, $4::text, $5::text, $6, $7)
            """,
            scope + [.text(rule.name), .text(rule.kind.rawValue), .text(rule.description), .int(checked), .int(broken)]
        )
        guard broken > 0 else { return }
        try await connection.query(
            """
            INSERT INTO data_quality_findings (tenant_id, integration_id, rule, quality, table_name, external_id, reason)
            SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::text, f.identity, min(f.reason)
            FROM (SELECT \(rule.identity) AS identity, left(\(rule.reason), 500) AS reason FROM \(rule.rows) AND (\(rule.isBroken))) f
            GROUP BY f.identity
            ORDER BY f.identity
            LIMIT $6::bigint
            """,
            scope + [
                .text(rule.name), .text(rule.kind.rawValue), .text(rule.table), .int(Self.findingsOfRule),
            ]
        )
    }

    /// What rules come to, by kind.
    private struct Assessment {
        private var kept: [QualityKind: Double] = [:]
        private var weights: [QualityKind: Double] = [:]
        private(set) var checked = 0

        mutating func add(_ rule: QualityRule, checked: Int, broken: Int) {
            guard checked > 0 else { return }
            self.checked += checked
            self.weights[rule.kind, default: 0] += rule.weight
            self.kept[rule.kind, default: 0] += rule.weight * (1 - Double(broken) / Double(checked))
        }

        /// Where there is nothing to check, nothing is wrong.
        func score(of kind: QualityKind) -> Double {
            guard let weight = self.weights[kind], weight > 0 else { return 100 }
            return (10_000 * (self.kept[kind] ?? 0) / weight).rounded() / 100
        }

        var score: Double {
            let sum = QualityKind.allCases.reduce(0) { $0 + self.score(of: $1) }
            return (100 * sum / Double(QualityKind.allCases.count)).rounded() / 100
        }
    }

    /// The newest score of an integration, or the mean of all the tenant's; nil before the first assessment.
    public func dataQualityScore(tenant: UUID, integration: UUID? = nil) async throws -> Double? {
        try await self.inTenant(tenant) { connection in
            try await Self.dataQualityScore(tenant: tenant, integration: integration, connection: connection)
        }
    }

    static func dataQualityScore(
        tenant: UUID,
        integration: UUID? = nil,
        connection: PostgresConnection
    ) async throws -> Double? {
        let rows = try await connection.query(
            """
            SELECT avg(q.score) AS score
            FROM (
                SELECT DISTINCT ON (integration_id) score FROM data_quality
                WHERE tenant_id = $1 AND ($2::uuid IS NULL OR integration_id = $2::uuid)
                ORDER BY integration_id, id DESC
            ) q
            """,
            [.uuid(tenant), .optional(integration)]
        )
        return try rows.first?.decode("score", as: Double?.self)
    }

    /// The newest assessment of each integration that has one.
    ///
    /// - Parameter integration: only the one of this name.
    public func dataQuality(tenant: UUID, integration: String? = nil) async throws -> [DataQuality] {
        try await self.inTenant(tenant) { connection in
            let newest = try await connection.query(
                """
                SELECT DISTINCT ON (n.name) n.name, q.*
                FROM data_quality q
                JOIN integrations n ON n.tenant_id = q.tenant_id AND n.id = q.integration_id
                WHERE q.tenant_id = $1 AND ($2::text IS NULL OR n.name = $2::text)
                ORDER BY n.name, q.id DESC
                """,
                [.uuid(tenant), .optional(integration)]
            )
            var assessments: [DataQuality] = []
            for row in newest {
                let id: UUID = try row.decode("integration_id")
                var scores: [QualityKind: Double] = [:]
                for kind in QualityKind.allCases { scores[kind] = try row.decode(kind.rawValue, as: Double.self) }
                assessments.append(
                    DataQuality(
                        integration: try row.decode("name"),
                        assessedAt: try row.decode("assessed_at"),
                        score: try row.decode("score"),
                        scores: scores,
                        rules: try await Self.rules(tenant: tenant, integration: id, connection),
                        findings: try await Self.findings(tenant: tenant, integration: id, connection)
                    )
                )
            }
            return assessments
        }
    }

    private static func rules(
        tenant: UUID,
        integration: UUID,
        _ connection: PostgresConnection
    ) async throws -> [DataQuality.Rule] {
        try await connection.query(
            """
            SELECT rule, quality, description, checked, broken FROM data_quality_rules
            WHERE tenant_id = $1 AND integration_id = $2
            ORDER BY quality, rule
            """,
            [.uuid(tenant), .uuid(integration)]
        ).map { row in
            try DataQuality.Rule(
                name: row.decode("rule"),
                kind: QualityKind(rawValue: row.decode("quality")) ?? .consistency,
                description: row.decode("description"),
                checked: row.decode("checked"),
                broken: row.decode("broken")
            )
        }
    }

    private static func findings(
        tenant: UUID,
        integration: UUID,
        _ connection: PostgresConnection
    ) async throws -> [DataQuality.Finding] {
        try await connection.query(
            """
            SELECT rule, quality, table_name, external_id, reason FROM data_quality_findings
            WHERE tenant_id = $1 AND integration_id = $2
            ORDER BY quality, rule, external_id
            """,
            [.uuid(tenant), .uuid(integration)]
        ).map { row in
            try DataQuality.Finding(
                rule: row.decode("rule"),
                kind: QualityKind(rawValue: row.decode("quality")) ?? .consistency,
                table: row.decode("table_name"),
                externalID: row.decode("external_id"),
                reason: row.decode("reason")
            )
        }
    }
}
