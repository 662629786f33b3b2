import PulseModel

/// Something that should hold of every row of a table, as SQL.
struct QualityRule: Sendable {
    var name: String
    var kind: QualityKind
    var table: String
    var description: String
    /// How much it counts within its kind.
    var weight: Double
    /// What is checked: continues `FROM … WHERE`, with the rows as `t`. `$1` is the tenant, `$2` the integration.
    var rows: String
    /// Holds of rows that break the rule.
    var isBroken: String
    /// What is wrong with such a row, as text.
    var reason: String
    /// What people call the row.
    var identity = "t.external_id"

    /// - Parameter joins: continues `FROM table t`.
    init(
        _ name: String,
        _ kind: QualityKind,
        _ table: EntityTable,
        _ description: String,
        weight: Double = 1,
        joins: String = "",
        among: String = "true",
        broken: String,
        reason: String
    ) {
        self.name = name
        self.kind = kind
        self.table = table.rawValue
        self.description = description
        self.weight = weight
        self.rows = """
            \(table.rawValue) t \(joins)
            WHERE t.tenant_id = $1::uuid AND t.integration_id = $2::uuid AND t.deleted_at IS NULL AND (\(among))
            """
        self.isBroken = broken
        self.reason = reason
    }

    init(
        _ name: String,
        _ kind: QualityKind,
        table: String,
        _ description: String,
        weight: Double = 1,
        rows: String,
        broken: String,
        reason: String,
        identity: String
    ) {
        self.name = name
        self.kind = kind
        self.table = table
        self.description = description
        self.weight = weight
        self.rows = rows
        self.isBroken = broken
        self.reason = reason
        self.identity = identity
    }

    static func all(of source: SourceKind) -> [QualityRule] {
        switch source {
        case .jira: Self.jira + Self.shared(.workItems, rejections: "jira_%", hours: 12)
        case .github: Self.github + Self.shared(.pullRequests, rejections: "github_%", hours: 8)
        }
    }

    /// - Parameters:
    ///   - rejections: the kinds of records that connectors refuse.
    ///   - hours: twice the time between two synchronizations.
    private static func shared(_ table: EntityTable, rejections: String, hours: Int) -> [QualityRule] {
        [
            QualityRule(
                "records_taken",
                .completeness,
                table: "rejected_records",
                "every record that the source sends has what a row needs",
                weight: 3,
                rows: """
                    (
                        SELECT r.kind, r.identity, r.reason, r.last_seen_at, true AS is_rejected
                        FROM rejected_records r
                        WHERE r.tenant_id = $1::uuid AND r.integration_id = $2::uuid AND r.kind LIKE '\(rejections)'
                          AND r.last_seen_at > now() - interval '30 days'
                          AND NOT EXISTS (
                              SELECT FROM \(table.rawValue) w
                              WHERE w.tenant_id = r.tenant_id AND w.integration_id = r.integration_id
                                AND w.external_id = r.identity AND w.fetched_at > r.first_seen_at
                          )
                        UNION ALL
                        SELECT '', '', '', now(), false FROM \(table.rawValue) w
                        WHERE w.tenant_id = $1::uuid AND w.integration_id = $2::uuid AND w.deleted_at IS NULL
                    ) t WHERE true
                    """,
                broken: "t.is_rejected",
                reason: "t.reason",
                identity: "t.kind || ' ' || t.identity"
            ),
            QualityRule(
                "units_synchronized",
                .timeliness,
                table: "job_checkpoints",
                "every project, repository and list was read when it was tried last",
                weight: 2,
                rows: "job_checkpoints t WHERE t.tenant_id = $1::uuid AND t.integration_id = $2::uuid",
                broken: "t.error_kind IS NOT NULL",
                reason: "'it failed last time: ' || coalesce(t.error_message, t.error_kind)",
                identity: "t.unit"
            ),
            QualityRule(
                "units_recent",
                .timeliness,
                table: "job_checkpoints",
                "every project, repository and list was read within \(hours) hours",
                rows: "job_checkpoints t WHERE t.tenant_id = $1::uuid AND t.integration_id = $2::uuid",
                broken: "t.updated_at < now() - interval '\(hours) hours'",
                reason: "'it was read last at ' || to_char(t.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'",
                identity: "t.unit"
            ),
            QualityRule(
                "changes_prompt",
                .timeliness,
                table,
                "what changed since the integration was added came in within \(hours) hours of its change",
                joins: "JOIN integrations n ON n.tenant_id = t.tenant_id AND n.id = t.integration_id",
                among: "t.source_updated_at > n.created_at",
                broken: "t.fetched_at > t.source_updated_at + interval '\(hours) hours'",
                reason:
                    "'it came in ' || round(extract(epoch FROM t.fetched_at - t.source_updated_at) / 3600) || ' hours after its change'"
            ),
            QualityRule(
                "updates_past",
                .accuracy,
                table,
                "nothing was updated in the future",
                broken: "t.source_updated_at > now() + interval '1 day'",
                reason: "'it was updated at ' || t.source_updated_at || ', which has not come yet'"
            ),
        ]
    }
}
