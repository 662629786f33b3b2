import Foundation
import Postgres
import PulseModel

/// The columns of work items that follow from their histories; see `WorkItemFlow`.
extension Ingestion {
    /// Issues whose own row or history this page has changed.
    static func changedIssues(_ items: [ChangedEntity], _ changes: [ChangedEntity], of page: IngestionPage) -> Set<String> {
        let entries = Set(changes.map(\.stableID))
        return Set(items.map(\.stableID)).union(page.changelogs.filter { entries.contains($0.id) }.map(\.workItemID))
    }

    /// Derives the columns anew from what stands in the tables now.
    func updateFlow(of issues: Set<String>) async throws {
        guard !issues.isEmpty else { return }
        let stages = try await self.flowStages()
        let sorted = issues.sorted()
        for start in stride(from: 0, to: sorted.count, by: 1_000) {
            try await self.updateFlow(of: Array(sorted[start..<min(start + 1_000, sorted.count)]), stages)
        }
    }

    /// All issues that stand or stood in one of the statuses.
    func updateFlow(ofStatusesNamed names: Set<String>) async throws {
        guard !names.isEmpty else { return }
        let rows = try await self.connection.query(
            """
            WITH affected AS (
                SELECT stable_id FROM statuses WHERE tenant_id = $1 AND integration_id = $2 AND original_name = ANY ($3::text[])
            )
            SELECT w.stable_id FROM work_items w
            WHERE w.tenant_id = $1 AND w.integration_id = $2 AND w.status_id IN (SELECT stable_id FROM affected)
            UNION
            SELECT c.work_item_id FROM changelogs c
            WHERE c.tenant_id = $1 AND c.integration_id = $2
              AND (c.from_status_id IN (SELECT stable_id FROM affected) OR c.to_status_id IN (SELECT stable_id FROM affected))
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(names.sorted())]
        )
        try await self.updateFlow(of: Set(rows.map { try $0.decode("stable_id", as: String.self) }))
    }

    func updateFlowOfAll() async throws {
        let rows = try await self.connection.query(
            "SELECT stable_id FROM work_items WHERE tenant_id = $1 AND integration_id = $2 AND deleted_at IS NULL",
            [.uuid(self.tenant), .uuid(self.integration)]
        )
        try await self.updateFlow(of: Set(rows.map { try $0.decode("stable_id", as: String.self) }))
    }

    private func flowStages() async throws -> FlowStages {
        let site: [PostgresValue] = [.uuid(self.tenant), .uuid(self.integration)]
        let statuses = try await self.connection.query(
            """
            -- Those that are deleted too: issues have stood in them.
            SELECT stable_id, original_name, untranslated_name, category FROM statuses
            WHERE tenant_id = $1 AND integration_id = $2
            """,
            site
        ).map { row in
            try Status(
                id: row.decode("stable_id"),
                originalName: row.decode("original_name"),
                untranslatedName: row.decode("untranslated_name"),
                category: row.decode("category"),
                details: nil,
                projectID: nil
            )
        }
        let mappings = try await self.connection.query(
            """
            SELECT project, status_from, status_to, status_category, workflow_step FROM statuses_mappings
            WHERE tenant_id = $1 AND integration_id = $2 AND deleted_at IS NULL
            """,
            site
        ).map { row in
            try StatusMapping(
                project: row.decode("project"),
                from: row.decode("status_from"),
                to: row.decode("status_to"),
                category: StatusCategory(key: row.decode("status_category")),
                step: row.decode("workflow_step")
            )
        }
        let steps = try await self.connection.query(
            """
            SELECT workflow, step_name, step_number, step_category, is_commitment_point FROM workflows
            WHERE tenant_id = $1 AND integration_id = $2 AND deleted_at IS NULL
            """,
            site
        ).map { row in
            try WorkflowStep(
                workflow: row.decode("workflow"),
                step: row.decode("step_name"),
                number: row.decode("step_number"),
                category: StatusCategory(key: row.decode("step_category")),
                isCommitmentPoint: row.decode("is_commitment_point")
            )
        }
        return FlowStages(statuses: statuses, mappings: mappings, steps: steps)
    }

    private func updateFlow(of issues: [String], _ stages: FlowStages) async throws {
        let scope: [PostgresValue] = [.uuid(self.tenant), .uuid(self.integration), .texts(issues)]
        var transitions: [String: [WorkItemFlow.Transition]] = [:]
        for row in try await self.connection.query(
            """
            SELECT work_item_id, stable_id, from_status_id, to_status_id, transition_change_date FROM changelogs
            WHERE tenant_id = $1 AND integration_id = $2 AND work_item_id = ANY ($3::text[]) AND to_status_id IS NOT NULL
              AND deleted_at IS NULL
            """,
            scope
        ) {
            let change = try WorkItemFlow.Transition(
                id: row.decode("stable_id"),
                at: row.decode("transition_change_date"),
                from: row.decode("from_status_id"),
                to: row.decode("to_status_id")
            )
            transitions[try row.decode("work_item_id"), default: []].append(change)
        }
        let flows = try await self.connection.query(
            """
            SELECT w.stable_id, w.status_id, w.created, w.resolved, p.key AS project
            FROM work_items w
            LEFT JOIN projects p ON p.tenant_id = w.tenant_id AND p.integration_id = w.integration_id
                AND p.stable_id = w.project_id
            WHERE w.tenant_id = $1 AND w.integration_id = $2 AND w.stable_id = ANY ($3::text[])
            ORDER BY w.entity
            FOR UPDATE OF w
            """,
            scope
        ).map { row in
            let id: String = try row.decode("stable_id")
            let project: String? = try row.decode("project")
            let flow = try WorkItemFlow(
                createdAt: row.decode("created"),
                statusID: row.decode("status_id"),
                resolvedAt: row.decode("resolved"),
                transitions: transitions[id] ?? []
            ) { stages.stage(of: $0, in: project) }
            return (id: id, flow: flow)
        }
        try await self.write(flows)
    }

    private func write(_ flows: [(id: String, flow: WorkItemFlow)]) async throws {
        guard !flows.isEmpty else { return }
        func times(_ value: (WorkItemFlow) -> Date?) -> PostgresValue {
            .texts(flows.map { value($0.flow).map { "\($0.timeIntervalSince1970)" } })
        }
        func numbers(_ value: (WorkItemFlow) -> Double?) -> PostgresValue {
            .texts(flows.map { value($0.flow).map { "\($0)" } })
        }
        func counts(_ value: (WorkItemFlow) -> Int) -> PostgresValue { .ints(flows.map { value($0.flow) }) }
        func flags(_ value: (WorkItemFlow) -> Bool) -> PostgresValue { .texts(flows.map { value($0.flow) ? "t" : "f" }) }
        try await self.connection.query(
            """
            UPDATE work_items w
            SET (work_first_committed_at, work_first_started_at, work_last_started_at, work_first_completed_at,
                 work_last_completed_at, total_work_starts, total_completions, total_backlog_returns, total_work_time_seconds,
                 total_review_time_seconds, total_cycle_time_seconds, total_lead_time_seconds, workflow_complexity_score,
                 rework_indicator, direct_completion, is_done, is_in_progress)
              = (f.committed, f.first_started, f.last_started, f.first_completed, f.last_completed, f.starts, f.completions,
                 f.returns, f.work, f.review, f.cycle, f.lead, f.complexity, f.rework, f.direct, f.done, f.progress)
            FROM (
                SELECT id, to_timestamp(committed::double precision) AS committed,
                    to_timestamp(first_started::double precision) AS first_started,
                    to_timestamp(last_started::double precision) AS last_started,
                    to_timestamp(first_completed::double precision) AS first_completed,
                    to_timestamp(last_completed::double precision) AS last_completed,
                    starts::integer, completions::integer, returns::integer, work::double precision, review::double precision,
                    cycle::double precision, lead::double precision, complexity::integer, rework::boolean, direct::boolean,
                    done::boolean, progress::boolean
                FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[],
                    $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bigint[], $17::text[], $18::text[],
                    $19::text[], $20::text[])
                    AS f (id, committed, first_started, last_started, first_completed, last_completed, starts, completions,
                        returns, work, review, cycle, lead, complexity, rework, direct, done, progress)
            ) f
            WHERE w.tenant_id = $1 AND w.integration_id = $2 AND w.stable_id = f.id
              AND (w.work_first_committed_at, w.work_first_started_at, w.work_last_started_at, w.work_first_completed_at,
                 w.work_last_completed_at, w.total_work_starts, w.total_completions, w.total_backlog_returns,
                 w.total_work_time_seconds, w.total_review_time_seconds, w.total_cycle_time_seconds, w.total_lead_time_seconds,
                 w.workflow_complexity_score, w.rework_indicator, w.direct_completion, w.is_done, w.is_in_progress)
              IS DISTINCT FROM
                (f.committed, f.first_started, f.last_started, f.first_completed, f.last_completed, f.starts, f.completions,
                 f.returns, f.work, f.review, f.cycle, f.lead, f.complexity, f.rework, f.direct, f.done, f.progress)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(flows.map(\.id)), times(\.firstCommittedAt),
                times(\.firstStartedAt), times(\.lastStartedAt), times(\.firstCompletedAt), times(\.lastCompletedAt),
                counts(\.starts), counts(\.completions), counts(\.backlogReturns), numbers(\.workSeconds),
                numbers(\.reviewSeconds), numbers(\.cycleSeconds), numbers(\.leadSeconds), counts(\.complexity),
                flags(\.isReworked), flags(\.isDirectlyCompleted), flags(\.isDone), flags(\.isInProgress),
            ]
        )
    }
}
