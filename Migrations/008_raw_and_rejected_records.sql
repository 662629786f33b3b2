-- Each fetched object as it came, so that extraction can be repeated without fetching.
CREATE TABLE raw_records (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    kind           text NOT NULL,
    stable_id      text NOT NULL,
    body           jsonb NOT NULL,
    fetched_at     timestamptz NOT NULL,
    UNIQUE (tenant_id, integration_id, kind, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

-- Records that a source sent and that cannot be taken, with the reason.
CREATE TABLE rejected_records (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    kind           text NOT NULL,
    identity       text NOT NULL,
    reason         text NOT NULL,
    occurrences    bigint NOT NULL DEFAULT 1,
    first_seen_at  timestamptz NOT NULL DEFAULT now(),
    last_seen_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, integration_id, kind, identity, reason),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
