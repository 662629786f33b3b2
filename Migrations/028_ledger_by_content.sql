-- No index leads with the tenant: one of whom the statistics know nothing is expected to have one row, so that any statement that names
-- him would read all of his ledger by it, once a batch. By content, the text's digest alone finds the few rows that there are.

DROP INDEX qdrant_vectors_content;
CREATE INDEX qdrant_vectors_content ON qdrant_vectors (content_hash, tenant_id);

-- Forgets the chunks from p_counts on of each entity; of all spaces where p_spaces is null. The table is named for the index that leads
-- with it. One look-up an entity, however small the ledger was when the session planned it: as a join, a plan that was made while the
-- ledger was empty reads all of it each time.
CREATE FUNCTION end_ledger(p_tenant uuid, p_tables text[], p_entities uuid[], p_spaces text[], p_counts bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_place tid;
BEGIN
    FOR v_place IN
        SELECT q.place
        FROM unnest(p_tables, p_entities, p_spaces, p_counts) AS e (table_name, entity, space, count)
        CROSS JOIN LATERAL (
            SELECT l.ctid AS place
            FROM qdrant_vectors l
            WHERE l.table_name = e.table_name AND l.tenant_id = p_tenant AND l.entity = e.entity AND l.chunk >= e.count
              AND (e.space IS NULL OR l.space = e.space)
            OFFSET 0
        ) q
    LOOP
        -- Nobody changes it meanwhile: the entity's row of the queue is held.
        DELETE FROM qdrant_vectors WHERE ctid = v_place;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION end_ledger(uuid, text[], uuid[], text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_ledger(uuid, text[], uuid[], text[], bigint[]) TO pulse_app;
