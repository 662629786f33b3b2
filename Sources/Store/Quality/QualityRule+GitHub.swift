import PulseModel

extension QualityRule {
    private static let pull = """
        LEFT JOIN prs p ON p.tenant_id = t.tenant_id AND p.integration_id = t.integration_id
            AND p.repository_id = t.repository_id AND p.number = t.pr_number AND p.deleted_at IS NULL
        """

    private static func belongs(_ name: String, _ table: EntityTable, _ what: String) -> QualityRule {
        QualityRule(
            name,
            .consistency,
            table,
            "each \(what) belongs to a known pull request",
            joins: Self.pull,
            broken: "p.entity IS NULL",
            reason: "'its pull request ' || t.repository_id || '#' || t.pr_number || ' is unknown'"
        )
    }

    static let github: [QualityRule] = [
        QualityRule(
            "pull_described",
            .completeness,
            .pullRequests,
            "pull requests have a description",
            weight: 0.25,
            broken: "t.body IS NULL OR btrim(t.body) = ''",
            reason: "'it has no description'"
        ),
        QualityRule(
            "pull_commits_whole",
            .completeness,
            .pullRequests,
            "a pull request has all its commits",
            joins: """
                CROSS JOIN LATERAL (
                    SELECT count(*) AS n FROM prs_commits c
                    WHERE c.tenant_id = t.tenant_id AND c.integration_id = t.integration_id AND c.repository_id = t.repository_id
                      AND c.pr_number = t.number AND c.deleted_at IS NULL
                ) c
                """,
            among: "t.commit_count IS NOT NULL",
            broken: "c.n < t.commit_count",
            reason: "c.n || ' of its ' || t.commit_count || ' commits are here'"
        ),
        QualityRule(
            "pull_repository_known",
            .consistency,
            .pullRequests,
            "the repository of a pull request is known",
            joins: """
                LEFT JOIN repositories r ON r.tenant_id = t.tenant_id AND r.integration_id = t.integration_id
                    AND r.stable_id = t.repository_id AND r.deleted_at IS NULL
                """,
            broken: "r.entity IS NULL",
            reason: "'its repository ' || t.repository || ' is unknown'"
        ),
        Self.belongs("review_belongs", .reviews, "review"),
        Self.belongs("comment_belongs", .comments, "comment"),
        Self.belongs("commit_belongs", .commits, "commit"),
        QualityRule(
            "pull_state_agrees",
            .consistency,
            .pullRequests,
            "merged pull requests say when, open ones have no end",
            broken: "(t.state = 'merged') <> (t.merged_at IS NOT NULL) OR (t.state = 'open' AND t.closed_at IS NOT NULL)",
            reason: "'its state is ' || t.state || ', its dates say otherwise'"
        ),
        QualityRule(
            "pull_dates_ordered",
            .accuracy,
            .pullRequests,
            "a pull request is updated, closed and merged after it was created",
            broken: """
                t.pr_updated_at < t.pr_created_at OR t.closed_at < t.pr_created_at OR t.merged_at < t.pr_created_at
                """,
            reason: "'one of its dates lies before its creation'"
        ),
        QualityRule(
            "pull_size_possible",
            .accuracy,
            .pullRequests,
            "no pull request has negative sizes",
            among: "t.additions IS NOT NULL",
            broken: "t.additions < 0 OR t.deletions < 0 OR t.changed_files < 0",
            reason: "'its size is ' || t.additions || ' and ' || t.deletions || ' lines'"
        ),
        QualityRule(
            "review_dates_ordered",
            .accuracy,
            .reviews,
            "a review comes after its pull request was opened",
            joins: Self.pull,
            among: "p.entity IS NOT NULL AND t.submitted_at IS NOT NULL",
            broken: "t.submitted_at < p.pr_created_at",
            reason: "'it was submitted before ' || p.external_id || ' was opened'"
        ),
    ]
}
