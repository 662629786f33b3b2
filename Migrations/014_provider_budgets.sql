-- What all processes together may ask of one account of an embedding provider. The account is a digest of the provider's host and the
-- names of its secrets; no secret and nothing of a tenant stands here, and nothing that is worth keeping after a crash.
CREATE UNLOGGED TABLE provider_budgets (
    account    bytea PRIMARY KEY CHECK (octet_length(account) = 32),
    -- For people: where requests go.
    label      text NOT NULL,
    -- Raised by each change: who has read an older one must read again.
    version    bigint NOT NULL,
    state      jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- A provider's vectors of a few fixed texts, by which a fallback is judged while the provider is away.
CREATE TABLE provider_probes (
    provider   text PRIMARY KEY,
    vectors    jsonb NOT NULL,
    probed_at  timestamptz NOT NULL
);

CREATE FUNCTION provider_budget(p_account bytea) RETURNS TABLE (version bigint, state text, at double precision)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(b.version, 0), b.state::text, extract(epoch FROM clock_timestamp())::double precision
    FROM (SELECT) AS one LEFT JOIN provider_budgets b ON b.account = p_account
$$;

-- False where somebody else has changed it since p_seen was read.
CREATE FUNCTION keep_provider_budget(p_account bytea, p_label text, p_seen bigint, p_state jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Not worth waiting for the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    IF p_seen = 0 THEN
        INSERT INTO provider_budgets (account, label, version, state) VALUES (p_account, p_label, 1, p_state)
        ON CONFLICT (account) DO NOTHING;
    ELSE
        UPDATE provider_budgets SET state = p_state, version = version + 1, changed_at = clock_timestamp()
        WHERE account = p_account AND version = p_seen;
    END IF;
    RETURN FOUND;
END
$$;

CREATE FUNCTION provider_probe(p_provider text) RETURNS TABLE (vectors text, probed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.vectors::text, p.probed_at FROM provider_probes p WHERE p.provider = p_provider
$$;

CREATE FUNCTION keep_provider_probe(p_provider text, p_vectors jsonb, p_probed_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO provider_probes (provider, vectors, probed_at) VALUES (p_provider, p_vectors, p_probed_at)
    ON CONFLICT (provider) DO UPDATE SET vectors = excluded.vectors, probed_at = excluded.probed_at
$$;

REVOKE ALL ON FUNCTION provider_budget(bytea), keep_provider_budget(bytea, text, bigint, jsonb), provider_probe(text),
    keep_provider_probe(text, jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provider_budget(bytea), keep_provider_budget(bytea, text, bigint, jsonb), provider_probe(text),
    keep_provider_probe(text, jsonb, timestamptz) TO pulse_app;
