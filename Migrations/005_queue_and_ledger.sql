-- One sequence numbers every change of an entity and every claim of a worker. It never restarts: points carry its numbers.
CREATE SEQUENCE vectorization_generation AS bigint;

CREATE TABLE vectorization_queue (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    source         text NOT NULL CHECK (source IN ('github', 'jira')),
    table_name     text NOT NULL,
    external_id    text NOT NULL,
    entity         uuid NOT NULL UNIQUE,
    operation      text NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
    status         text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'failed')),
    -- Raised by every change; a completion that finds it changed leaves the row pending.
    generation     bigint NOT NULL DEFAULT nextval('vectorization_generation'),
    -- Taken by every claim; points are written under it, so that a later claim always wins over an earlier one.
    fence          bigint,
    attempts       integer NOT NULL DEFAULT 0,
    crashes        integer NOT NULL DEFAULT 0,
    -- 0 is live work, larger is less urgent.
    priority       smallint NOT NULL DEFAULT 0,
    available_at   timestamptz NOT NULL DEFAULT now(),
    lease_owner    uuid,
    lease_until    timestamptz,
    -- A write of unknown outcome may still land until then: a pass that began earlier does not complete the row.
    settle_after   timestamptz,
    failure_kind   text,
    error_message  text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz,
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE,
    CHECK ((status = 'processing') = (lease_owner IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX vectorization_queue_claim ON vectorization_queue (tenant_id, priority, available_at, id) WHERE status = 'pending';
-- Whether a tenant has anything to claim now, however much of it waits for later.
CREATE INDEX vectorization_queue_available ON vectorization_queue (tenant_id, available_at) WHERE status = 'pending';
-- When anything can be claimed next, of whomever.
CREATE INDEX vectorization_queue_next ON vectorization_queue (available_at) WHERE status = 'pending';
CREATE INDEX vectorization_queue_lone ON vectorization_queue (crashes, id) WHERE status = 'pending' AND crashes > 0;
CREATE INDEX vectorization_queue_working ON vectorization_queue (tenant_id) WHERE status = 'processing';
CREATE INDEX vectorization_queue_leases ON vectorization_queue (lease_until) WHERE status = 'processing';
CREATE INDEX vectorization_queue_owner ON vectorization_queue (lease_owner) WHERE status = 'processing';
CREATE INDEX vectorization_queue_failed ON vectorization_queue (tenant_id, table_name) WHERE status = 'failed';

-- The ledger: which chunks of which entity stand in Qdrant, and under which claim they were written.
CREATE TABLE qdrant_vectors (
    space            text NOT NULL,
    entity           uuid NOT NULL,
    chunk            integer NOT NULL,
    tenant_id        uuid NOT NULL,
    integration_id   uuid NOT NULL,
    table_name       text NOT NULL,
    collection       text NOT NULL,
    point_id         uuid NOT NULL,
    content_hash     bytea NOT NULL,
    generation       bigint NOT NULL,
    document_version integer NOT NULL,
    written_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space, entity, chunk),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX qdrant_vectors_content ON qdrant_vectors (tenant_id, space, content_hash);
CREATE INDEX qdrant_vectors_table ON qdrant_vectors (tenant_id, table_name, entity);
