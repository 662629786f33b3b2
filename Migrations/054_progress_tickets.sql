-- Tickets for progress channels: whichever process gave one, any opens the channel, and it opens once. Kept as a digest, with what is
-- to be known of the key or token that it was given for.
CREATE TABLE progress_tickets (
    digest     bytea PRIMARY KEY,
    tenant_id  uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    caller     uuid NOT NULL,
    role       text NOT NULL,
    actor      text NOT NULL,
    -- Of a token, not of a key.
    by_token   boolean NOT NULL,
    -- When the key or token ends; NULL where it has no end.
    good_until timestamptz,
    -- The only one that it opens; NULL for any.
    channel    text,
    expires_at timestamptz NOT NULL
);
CREATE INDEX progress_tickets_of_tenant ON progress_tickets (tenant_id, expires_at);
CREATE INDEX progress_tickets_age ON progress_tickets (expires_at);

ALTER TABLE progress_tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE progress_tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON progress_tickets TO pulse_app
    USING (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$
BEGIN
    EXECUTE format('CREATE POLICY owner ON progress_tickets TO %I USING (true) WITH CHECK (true)', current_user);
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON progress_tickets TO pulse_app;

-- How many wait to be used, of all tenants.
CREATE FUNCTION waiting_progress_tickets() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FROM progress_tickets WHERE expires_at > now()
$$;

-- Uses a ticket up, and says whose it was where it opens this channel.
CREATE FUNCTION redeem_progress_ticket(p_digest bytea, p_channel text)
RETURNS TABLE (tenant_id uuid, tenant_name text, caller uuid, role text, actor text, by_token boolean, good_until timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH used AS (DELETE FROM progress_tickets p WHERE p.digest = p_digest RETURNING p.*)
    SELECT u.tenant_id, t.name, u.caller, u.role, u.actor, u.by_token, u.good_until
    FROM used u JOIN tenants t ON t.id = u.tenant_id AND t.active
    WHERE u.expires_at > now() AND (u.channel IS NULL OR u.channel = p_channel)
$$;

REVOKE ALL ON FUNCTION waiting_progress_tickets(), redeem_progress_ticket(bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waiting_progress_tickets(), redeem_progress_ticket(bytea, text) TO pulse_app;
