-- What every indexed table has. A row is kept under the source's own id (stable_id): rows that belong to others name them by that
-- id too, so that a page that arrives before its parents loses nothing and needs no mending when they come.
CREATE TABLE entity_columns (
    entity            uuid NOT NULL,
    tenant_id         uuid NOT NULL,
    integration_id    uuid NOT NULL,
    stable_id         text NOT NULL,
    external_id       text NOT NULL,
    source_updated_at timestamptz,
    fetched_at        timestamptz NOT NULL,
    -- A tombstone: beats whatever was fetched before it.
    deleted_at        timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    last_updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE projects (
    LIKE entity_columns INCLUDING DEFAULTS,
    key          text NOT NULL,
    name         text NOT NULL,
    project_type text,
    description  text,
    lead         text,
    url          text,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX projects_key ON projects (tenant_id, integration_id, key);

CREATE TABLE wits (
    LIKE entity_columns INCLUDING DEFAULTS,
    original_name     text NOT NULL,
    untranslated_name text,
    description       text,
    hierarchy_level   integer NOT NULL,
    project_id        text,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE statuses (
    LIKE entity_columns INCLUDING DEFAULTS,
    original_name     text NOT NULL,
    untranslated_name text,
    category          text NOT NULL,
    description       text,
    project_id        text,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE work_items (
    LIKE entity_columns INCLUDING DEFAULTS,
    key                 text NOT NULL,
    project_id          text NOT NULL,
    wit_id              text NOT NULL,
    status_id           text NOT NULL,
    summary             text NOT NULL,
    description         text,
    acceptance_criteria text,
    environment         text,
    team                text,
    resolution          text,
    story_points        double precision,
    assignee            text,
    reporter            text,
    labels              text[] NOT NULL DEFAULT '{}',
    priority            text,
    parent_id           text,
    parent_key          text,
    sprints             text[] NOT NULL DEFAULT '{}',
    url                 text,
    created             timestamptz NOT NULL,
    updated             timestamptz NOT NULL,
    resolved            timestamptz,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX work_items_key ON work_items (tenant_id, key);
CREATE INDEX work_items_project ON work_items (tenant_id, integration_id, project_id);
CREATE INDEX work_items_status ON work_items (tenant_id, integration_id, status_id);
CREATE INDEX work_items_type ON work_items (tenant_id, integration_id, wit_id);
CREATE INDEX work_items_parent ON work_items (tenant_id, integration_id, parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE changelogs (
    LIKE entity_columns INCLUDING DEFAULTS,
    work_item_id           text NOT NULL,
    from_status_id         text,
    to_status_id           text,
    changed_by             text,
    transition_start_date  timestamptz,
    transition_change_date timestamptz NOT NULL,
    time_in_status_seconds double precision,
    -- Every field that the entry changed: [{field, from, to, fromText, toText}].
    items                  jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX changelogs_work_item ON changelogs (tenant_id, integration_id, work_item_id);
CREATE INDEX changelogs_from ON changelogs (tenant_id, integration_id, from_status_id) WHERE from_status_id IS NOT NULL;
CREATE INDEX changelogs_to ON changelogs (tenant_id, integration_id, to_status_id) WHERE to_status_id IS NOT NULL;

-- Configuration. origin says whether Pulse derived the row or a person set it; a derived one never replaces a person's.
CREATE TABLE wits_hierarchies (
    LIKE entity_columns INCLUDING DEFAULTS,
    level_number integer NOT NULL,
    level_name   text NOT NULL,
    description  text,
    origin       text NOT NULL DEFAULT 'derived' CHECK (origin IN ('derived', 'manual')),
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE wits_mappings (
    LIKE entity_columns INCLUDING DEFAULTS,
    wit_from     text NOT NULL,
    wit_to       text NOT NULL,
    level_number integer NOT NULL,
    origin       text NOT NULL DEFAULT 'derived' CHECK (origin IN ('derived', 'manual')),
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE workflows (
    LIKE entity_columns INCLUDING DEFAULTS,
    workflow            text NOT NULL,
    step_name           text NOT NULL,
    step_number         integer NOT NULL,
    step_category       text NOT NULL,
    is_commitment_point boolean NOT NULL DEFAULT false,
    origin              text NOT NULL DEFAULT 'derived' CHECK (origin IN ('derived', 'manual')),
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE statuses_mappings (
    LIKE entity_columns INCLUDING DEFAULTS,
    -- A project's key, or * for every project without a mapping of its own.
    project         text NOT NULL,
    status_from     text NOT NULL,
    status_to       text NOT NULL,
    status_category text NOT NULL,
    workflow_step   text,
    origin          text NOT NULL DEFAULT 'derived' CHECK (origin IN ('derived', 'manual')),
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

-- Not indexed: what flow metrics and names need.
CREATE TABLE sprints (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    stable_id      text NOT NULL,
    name           text NOT NULL,
    state          text,
    goal           text,
    board_id       text,
    started_at     timestamptz,
    ends_at        timestamptz,
    completed_at   timestamptz,
    fetched_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE source_users (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    stable_id      text NOT NULL,
    name           text,
    active         boolean,
    fetched_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
