-- A tenant moves to another vector space while its live one goes on being written and searched.
ALTER TABLE tenant_spaces
    -- Who copies into a building space at this moment, and until when without a heartbeat.
    ADD COLUMN builder uuid,
    ADD COLUMN builder_until timestamptz,
    -- Whether all that is to be copied stands in space_backlog, up to which entity it does, and how many those are.
    ADD COLUMN filled boolean NOT NULL DEFAULT false,
    ADD COLUMN filled_to uuid,
    ADD COLUMN total bigint NOT NULL DEFAULT 0,
    -- A write of a former builder, or one to a space that was left, may still land until then.
    ADD COLUMN settle_after timestamptz,
    ADD COLUMN retired_at timestamptz;
CREATE UNIQUE INDEX tenant_spaces_one_building ON tenant_spaces (tenant_id) WHERE state = 'building';
CREATE INDEX tenant_spaces_collection ON tenant_spaces (collection);

-- What is still to be copied into a building space: at first every entity of the live one, then each that changes meanwhile.
CREATE TABLE space_backlog (
    tenant_id      uuid NOT NULL,
    space          text NOT NULL,
    entity         uuid NOT NULL,
    integration_id uuid NOT NULL,
    table_name     text NOT NULL,
    -- Raised by every change; a copy that finds it changed leaves the entity here.
    generation     bigint NOT NULL DEFAULT nextval('vectorization_generation'),
    attempts       integer NOT NULL DEFAULT 0,
    available_at   timestamptz NOT NULL DEFAULT now(),
    -- A copy of unknown outcome may still land until then: one that began earlier does not end it.
    settle_after   timestamptz,
    -- Given up: it goes through the queue once the space is live.
    failed         boolean NOT NULL DEFAULT false,
    error_message  text,
    PRIMARY KEY (tenant_id, space, entity),
    FOREIGN KEY (tenant_id, space) REFERENCES tenant_spaces (tenant_id, space) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX space_backlog_next ON space_backlog (tenant_id, space, available_at) WHERE NOT failed;

ALTER TABLE space_backlog ENABLE ROW LEVEL SECURITY;
ALTER TABLE space_backlog FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON space_backlog TO pulse_app
    USING (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$ BEGIN EXECUTE format('CREATE POLICY owner ON space_backlog TO %I USING (true) WITH CHECK (true)', current_user); END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON space_backlog TO pulse_app;

-- How many spaces of whomever are in a collection, besides one that its tenant has left, where one is named. Asked before a
-- collection is dropped.
CREATE FUNCTION spaces_in_collection(p_collection text, p_tenant uuid, p_left text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FROM tenant_spaces s
    WHERE s.collection = p_collection
      AND (p_tenant IS NULL OR NOT (s.tenant_id = p_tenant AND s.space = p_left AND s.state = 'retired'))
$$;

-- Tenants that have left a space whose points may still stand.
CREATE FUNCTION tenants_with_retired_spaces() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT s.tenant_id FROM tenant_spaces s JOIN tenants t ON t.id = s.tenant_id AND t.active WHERE s.state = 'retired'
$$;

REVOKE ALL ON FUNCTION spaces_in_collection(text, uuid, text), tenants_with_retired_spaces() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION spaces_in_collection(text, uuid, text), tenants_with_retired_spaces() TO pulse_app;
