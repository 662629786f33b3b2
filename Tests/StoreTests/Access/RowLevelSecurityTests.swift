import Foundation
import Postgres
import PulseModel
import Store
import TestSupport
import Testing

@Suite("No tenant reaches another's rows", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct RowLevelSecurityTests {
    /// A tenant with a row in every table that knows tenants.
    private func fill(_ world: World, _ tenant: TestTenant) async throws {
        let own = World(database: world.database, store: world.store, tenant: tenant)
        _ = try await own.writeEverything()
        try await own.jira(at: 1) {
            $0.sprints = [
                Sprint(id: "1", name: "S", state: nil, goal: nil, boardID: nil, startedAt: nil, endsAt: nil, completedAt: nil)
            ]
            $0.boards = [Board(id: "1", name: "B", type: "scrum", projectID: "10", projectKey: "PAY")]
            $0.users = [SourceUser(id: "u", name: "Ann", isActive: true)]
            $0.raw = [RawRecord(kind: "issue", stableID: "1", body: "{}")]
            $0.rejected = [RejectedRecord(kind: "jira_issue", identity: "PAY-9", reason: "no summary")]
            $0.checkpoint = Checkpoint(unit: "u", cursor: nil, watermark: nil)
        }
        // The refused record is a finding.
        try await world.store.assessQuality(tenant: tenant.id, integration: tenant.jira)
        let run = try await world.store.startRun(tenant: tenant.id, integration: nil, jobName: "j", channel: .jira, total: 1)
        try await world.store.record([PerformanceMeasurement(.queueLag, 1, service: "s", run: run.runID)], tenant: tenant.id)
        try await world.store.remember(
            LearnedFailure(errorType: "transient", service: "s", intent: "i", failedQuery: "q", issue: "x"),
            tenant: tenant.id
        )
        _ = try await world.store.ensureLiveSpace(
            tenant: tenant.id,
            proposed: TenantSpace(space: "minilm", provider: "on-device", collection: "c")
        )
        let values: [PostgresValue] = [.uuid(tenant.id), .uuid(tenant.jira)]
        for sql in [
            "INSERT INTO orchestrator_state (tenant_id, halted_by) SELECT $1, 'ann' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO users (tenant_id, email) SELECT $1, 'ann@acme.example' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO api_keys (tenant_id, name, prefix, digest) VALUES ($1, 'k', 'p', decode(replace($2::uuid::text, '-', ''), 'hex'))",
            "INSERT INTO etl_jobs (tenant_id, integration_id, job_name) VALUES ($1, $2, 'j')",
            "INSERT INTO ai_anomalies (tenant_id, metric, value, baseline, deviation, severity, type) SELECT $1, 'm', 1, 1, 1, 'low', 't' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO ai_predictions (tenant_id, model_name, model_version, prediction_type, input_data, prediction_result) SELECT $1, 'm', '1', 't', '{}', '{}' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO releases (tenant_id, integration_id, stable_id, repository_id, tag, fetched_at) VALUES ($1, $2, '1', '42', 'v1', now())",
            "INSERT INTO deployments (tenant_id, integration_id, stable_id, repository_id, environment, sha, fetched_at) VALUES ($1, $2, '1', '42', 'e', 's', now())",
            "INSERT INTO tenant_secrets (tenant_id, id, sealed, updated_by) SELECT $1, 's', 'x', 'ann' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO tenant_providers (tenant_id, id, definition, updated_by) SELECT $1, 'p', '{}', 'ann' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO audit_runs (tenant_id, repair, requested_by) SELECT $1, false, 'ann' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO progress_tickets (digest, tenant_id, caller, role, actor, by_token, expires_at) VALUES (decode(replace($2::uuid::text, '-', ''), 'hex'), $1, $2, 'viewer', 'ann', false, now())",
            "INSERT INTO idempotency_keys (caller, key, tenant_id, digest) VALUES ($2, 'k', $1, 'x')",
            "INSERT INTO deployment_statuses (tenant_id, integration_id, deployment_id, state, at) VALUES ($1, $2, '1', 'success', now())",
            "INSERT INTO branch_commits (tenant_id, integration_id, repository_id, branch, sha, message, fetched_at) VALUES ($1, $2, '42', 'main', 's', 'm', now())",
            "INSERT INTO entity_tombstones (entity, tenant_id, integration_id, deleted_at) VALUES (gen_random_uuid(), $1, $2, now())",
            "INSERT INTO webhook_deliveries (tenant_id, integration_id, delivery_id, event) VALUES ($1, $2, 'd', 'ping')",
            "INSERT INTO work_item_keys (tenant_id, integration_id, work_item_id, key) VALUES ($1, $2, '1', 'OLD-1')",
            "INSERT INTO sweeps (tenant_id, integration_id, unit) VALUES ($1, $2, 'prs:42')",
            "INSERT INTO sweep_sightings (tenant_id, integration_id, unit, stable_id) VALUES ($1, $2, 'prs:42', '1')",
            "INSERT INTO sweep_absences (tenant_id, integration_id, unit, stable_id, since) VALUES ($1, $2, 'prs:42', '1', now())",
            """
            INSERT INTO qdrant_vectors (space, entity, chunk, tenant_id, integration_id, table_name, collection, point_id, content_hash,
                generation, document_version)
            VALUES ('minilm', $2, 0, $1, $2, 'prs', 'c', $2, 'x', 1, 1)
            """,
            """
            INSERT INTO queue_fanouts (tenant_id, integration_id, table_name, stable_ids, dependents)
            VALUES ($1, $2, 'projects', '{10}', 'wits')
            """,
            "INSERT INTO unwritten_vectors (tenant_id, space, content_hash, vector) SELECT $1, 'minilm', 'x', 'x' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO document_checks (tenant_id, versions) SELECT $1, 'projects:1' WHERE $2::uuid IS NOT NULL",
            "INSERT INTO space_backlog (tenant_id, space, entity, integration_id, table_name) VALUES ($1, 'minilm', $2, $2, 'prs')",
            "INSERT INTO ai_metric_hours (tenant_id, metric_name, hour, metric_unit, count, sum, minimum, maximum, p50, p95) SELECT $1, 'm', now(), 's', 1, 1, 1, 1, 1, 1 WHERE $2::uuid IS NOT NULL",
            "INSERT INTO audit_checkpoints (tenant_id, space, state) SELECT $1, 'minilm', '{}' WHERE $2::uuid IS NOT NULL",
        ] {
            try await world.database.query(sql, values)
        }
    }

    private func tables(_ world: World) async throws -> [String] {
        try await world.database.query(
            """
            SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE' ORDER BY 1
            """
        ).map { try $0.decode(at: 0) }
    }

    private func service(_ world: World) throws -> PostgresPool {
        PostgresPool(
            configuration: try PostgresConfiguration(url: world.database.url, sessionSettings: ["role": "pulse_app"]),
            maximumConnections: 1
        )
    }

    @Test("Every table that knows tenants forces its policies, and every table that does not is closed to the service")
    func catalog() async throws {
        try await World.with { world in
            let open = try await world.database.query(
                """
                SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                  AND has_table_privilege('pulse_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
                """
            ).map { try $0.decode(at: 0, as: String.self) }
            #expect(open == [])
            let tables = try await self.tables(world)
            #expect(Set(EntityTable.allCases.map(\.rawValue)).isSubset(of: tables) && tables.count >= 32)
            let dangerous = try await world.database.count(
                """
                SELECT count(*) FROM pg_roles r WHERE r.rolname = 'pulse_app' AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole)
                """
            )
            #expect(dangerous == 0)
            let owned = try await world.database.count(
                "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'pulse_app'"
            )
            #expect(owned == 0)
        }
    }

    @Test("Without a tenant nothing is visible; with one, only its own rows, in every table")
    func reading() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            try await self.fill(world, world.tenant)
            try await self.fill(world, other)
            let service = try self.service(world)
            let nobody: [[String: String]] = [[:], ["pulse.tenant": ""], ["pulse.tenant": UUID().uuidString.lowercased()]]
            for table in try await self.tables(world) {
                let total = try await world.database.count("SELECT count(*) FROM \(table)")
                let theirs = try await world.database.count(
                    "SELECT count(*) FROM \(table) WHERE tenant_id = $1",
                    [.uuid(other.id)]
                )
                #expect(theirs > 0 && total > theirs, "\(table) holds no rows to hide")
                for settings in nobody {
                    let seen = try await service.withTransaction(settings: settings) { connection in
                        try await connection.query("SELECT 1 FROM \(table)").count
                    }
                    #expect(seen == 0, "\(table) with \(settings)")
                }
                let mine = try await service.withTransaction(settings: ["pulse.tenant": world.tenant.id.uuidString.lowercased()])
                { connection in
                    (
                        all: try await connection.query("SELECT 1 FROM \(table)").count,
                        theirs: try await connection.query("SELECT 1 FROM \(table) WHERE tenant_id = $1", [.uuid(other.id)]).count
                    )
                }
                #expect(mine.all == total - theirs && mine.theirs == 0, "\(table)")
            }
            let tenants = try await service.query("SELECT 1 FROM tenants").count
            #expect(tenants == 0)
            let own = try await service.withTransaction(settings: ["pulse.tenant": other.id.uuidString.lowercased()]) {
                connection in
                try await connection.query("SELECT name FROM tenants").map { try $0.decode("name", as: String.self) }
            }
            #expect(own == ["other"])
            // The setting ends with its transaction: the next one on the connection sees nothing again.
            #expect(try await service.query("SELECT 1 FROM work_items").isEmpty)
            await service.close()
        }
    }

    @Test("A tenant can neither insert rows for another, nor change or delete another's, nor give its own away, in any table")
    func writing() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            try await self.fill(world, world.tenant)
            try await self.fill(world, other)
            let service = try self.service(world)
            let settings = ["pulse.tenant": world.tenant.id.uuidString.lowercased()]
            for table in try await self.tables(world) {
                let before = try await world.database.query("SELECT t::text AS line FROM \(table) t ORDER BY 1").map {
                    try $0.decode("line", as: String.self)
                }
                for sql in [
                    "UPDATE \(table) SET tenant_id = tenant_id WHERE tenant_id = $1", "DELETE FROM \(table) WHERE tenant_id = $1",
                ] {
                    let touched = try await service.withTransaction(settings: settings) {
                        try await $0.query(sql, [.uuid(other.id)]).affectedRows
                    }
                    #expect(touched == 0, "\(sql)")
                }
                let gift = await #expect(throws: PostgresError.self, "\(table)") {
                    try await service.withTransaction(settings: settings) {
                        try await $0.query("UPDATE \(table) SET tenant_id = $1", [.uuid(other.id)])
                    }
                }
                #expect(gift?.sqlState == "42501", "\(table): \(gift.map(String.init(describing:)) ?? "")")
                let theft = await #expect(throws: PostgresError.self, "\(table)") {
                    try await service.withTransaction(settings: settings) { connection in
                        // A copy of an own row under the other's name: the policy must refuse it before any key does.
                        try await connection.query(
                            """
                            INSERT INTO \(table) OVERRIDING SYSTEM VALUE
                            SELECT (jsonb_populate_record(t, jsonb_build_object('tenant_id', $1::uuid))).* FROM \(table) t LIMIT 1
                            """,
                            [.uuid(other.id)]
                        )
                    }
                }
                #expect(
                    theft?.sqlState == "42501" || theft?.sqlState == "428C9",
                    "\(table): \(theft.map(String.init(describing:)) ?? "")"
                )
                let after = try await world.database.query("SELECT t::text AS line FROM \(table) t ORDER BY 1").map {
                    try $0.decode("line", as: String.self)
                }
                #expect(before == after, "\(table)")
            }
            for sql in [
                "INSERT INTO tenants (name) VALUES ('mine')", "UPDATE tenants SET active = false", "DELETE FROM tenants",
                "TRUNCATE vectorization_queue", "SELECT * FROM schema_migrations", "ALTER TABLE prs DISABLE ROW LEVEL SECURITY",
                "SELECT setval('vectorization_generation', 1)",
            ] {
                let error = await #expect(throws: PostgresError.self, "\(sql)") {
                    try await service.withTransaction(settings: settings) { try await $0.query(sql) }
                }
                #expect(error?.sqlState == "42501", "\(sql)")
            }
            await service.close()
        }
    }

    @Test("The functions that work across tenants reveal ids, counts and a key's owner, and nothing else")
    func functions() async throws {
        try await World.with { world in
            try await self.fill(world, world.tenant)
            let definers = try await world.database.query(
                """
                SELECT p.proname::text || ' ' || has_function_privilege('pulse_app', p.oid, 'EXECUTE')::text || ' '
                    || has_function_privilege('public', p.oid, 'EXECUTE')::text || ' ' || (p.proconfig::text LIKE '%search_path%')::text
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.prosecdef ORDER BY 1
                """
            ).map { try $0.decode(at: 0, as: String.self) }
            // Each of them is one more way around the policies: look at it before it enters here.
            let known = [
                "authenticate_api_key",
                "authenticate_installation_key",
                "claim_vectorization",
                "claim_webhooks",
                "claim_webhooks",
                "create_tenant",
                "due_jobs",
                "ensure_jobs",
                "first_installation_key",
                "has_keys",
                "hold_provider_budget",
                "keep_provider_budget",
                "keep_provider_probe",
                "key_expires_at",
                "list_tenants",
                "lost_jobs",
                "measured_tenants",
                "mirror_vectorization",
                "next_vectorization",
                "owned_jobs",
                "owned_jobs",
                "provider_budget",
                "provider_probe",
                "redeem_progress_ticket",
                "renew_vectorization",
                "schema_version",
                "series_samples",
                "service_figures",
                "set_tenant_active",
                "settle_statistics",
                "spaces_in_collection",
                "tenant_named",
                "tenant_of_id",
                "tenants_at_rest",
                "tenants_fanning_out",
                "tenants_of_providers",
                "tenants_to_check",
                "tenants_to_recut",
                "tenants_with_own_provider",
                "tenants_with_retired_spaces",
                "vectorization_backlog",
                "waiting_progress_tickets",
                "webhook_integration",
            ]
            #expect(definers == known.map { "\($0) true false true" })
            let service = try self.service(world)
            #expect(try await service.query("SELECT * FROM tenant_named('acme')").columns == ["id", "name"])
            #expect(try await service.query("SELECT * FROM tenant_named('%')").isEmpty)
            #expect(
                try await service.query("SELECT * FROM vectorization_backlog()").columns == ["pending", "processing", "next_at"]
            )
            #expect(try await service.query("SELECT * FROM series_samples('search_latency', '-infinity', NULL, 9)").isEmpty)
            let claimed = try await service.query("SELECT * FROM claim_vectorization(gen_random_uuid(), 100, '1 min', '1 min')")
            #expect(!claimed.isEmpty)
            #expect(
                claimed.columns == [
                    "id", "tenant_id", "integration_id", "table_name", "external_id", "entity", "generation", "fence", "attempts",
                    "crashes",
                    "settled", "fresh",
                ]
            )
            await service.close()
        }
    }

    @Test(
        "A key opens its own tenant only, until it is revoked, expired or its tenant is closed; it is kept as a digest"
    )
    func keys() async throws {
        try await World.with { world in
            let administration = try Administration(url: world.database.url)
            let key = try await administration.createAPIKey(tenant: world.tenant.id, name: "ci", role: "viewer")
            guard case .tenant(let principal)? = try await world.store.authenticate(apiKey: key)?.caller else {
                Issue.record("the key opens nothing")
                return
            }
            #expect(principal.tenant == world.tenant.id && principal.tenantName == "acme" && principal.role == .viewer)
            #expect(try await world.store.authenticate(apiKey: String(key.dropLast())) == nil)
            #expect(try await world.store.authenticate(apiKey: "") == nil)
            let kept = try await world.database.query("SELECT k::text AS line FROM api_keys k")[0].decode("line", as: String.self)
            #expect(!kept.contains(key.dropFirst(12)))
            for change in [
                "UPDATE api_keys SET revoked_at = now()",
                "UPDATE api_keys SET revoked_at = NULL, expires_at = now() - interval '1 s'",
                "UPDATE api_keys SET expires_at = NULL; UPDATE tenants SET active = false",
            ] {
                for statement in change.split(separator: ";") { try await world.database.query(String(statement)) }
                #expect(try await world.store.authenticate(apiKey: key) == nil, "\(change)")
            }
            await #expect(throws: StoreError.unknownTenant("acme")) { try await world.store.tenant(named: "acme") }
            try await world.database.query("UPDATE tenants SET active = true")
            #expect(try await world.store.authenticate(apiKey: key) != nil)
            await #expect(throws: StoreError.tenantExists("acme")) { try await administration.createTenant(named: "acme") }
            await #expect(throws: StoreError.invalidName("Acme!")) { try await administration.createTenant(named: "Acme!") }
            await administration.close()
        }
    }
}
