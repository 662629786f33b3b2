-- A repository is found by its name in whatever case. `lower(…)` cannot serve an index under row-level security: it is not leakproof,
-- so every look-up read all of the tenant's rows. The comparison of two columns is.
ALTER TABLE prs ADD COLUMN repository_key text GENERATED ALWAYS AS (lower(repository)) STORED;
ALTER TABLE wits_prs_links ADD COLUMN repository_key text GENERATED ALWAYS AS (lower(repo_full_name)) STORED;
DROP INDEX prs_reference;
CREATE INDEX prs_reference ON prs (tenant_id, repository_key, number);
DROP INDEX wits_prs_links_pr;
CREATE INDEX wits_prs_links_pr ON wits_prs_links (tenant_id, repository_key, pr_number);

-- Objects as they came are the bulk of what is written; lz4 packs them several times as fast as pglz. A server that was built without
-- it keeps pglz.
DO $$
BEGIN
    ALTER TABLE raw_records ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;

-- A first synchronization fills its tables faster than autovacuum looks at them. Without figures the planner takes any index for as good
-- as the right one, and sessions keep the plan: a look-up then reads a whole tenant. So whoever fills a table lets it be counted
-- whenever it has grown fourfold: a handful of times on the way to a million rows. Waits for nobody.
CREATE FUNCTION settle_statistics() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_name text;
    v_count integer := 0;
BEGIN
    FOR v_name IN
        SELECT c.relname FROM pg_class c
        WHERE c.oid = ANY (ARRAY['work_items', 'changelogs', 'prs', 'prs_commits', 'prs_reviews', 'prs_comments', 'wits_prs_links',
                'key_mentions', 'raw_records', 'deployments', 'deployment_statuses', 'branch_commits']::regclass[])
          AND pg_relation_size(c.oid) / current_setting('block_size')::integer >= 4 * greatest(c.relpages, 2)
        ORDER BY c.relname
    LOOP
        EXECUTE format('ANALYZE (SKIP_LOCKED) %I', v_name);
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END
$$;

REVOKE ALL ON FUNCTION settle_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_statistics() TO pulse_app;
