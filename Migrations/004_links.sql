CREATE TABLE wits_prs_links (
    LIKE entity_columns INCLUDING DEFAULTS,
    work_item_id   text NOT NULL,
    work_item_key  text NOT NULL,
    repo_full_name text NOT NULL,
    pr_number      integer NOT NULL,
    origin         text NOT NULL CHECK (origin IN ('key', 'dev-status')),
    found_in       text NOT NULL,
    branch_name    text,
    pr_status      text,
    url            text,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX wits_prs_links_work_item ON wits_prs_links (tenant_id, integration_id, work_item_id);
CREATE INDEX wits_prs_links_pr ON wits_prs_links (tenant_id, lower(repo_full_name), pr_number);

-- Every issue key that a pull request mentions, believed or not. A mention becomes a link once an issue of that key is known,
-- whichever of the two arrives first.
CREATE TABLE key_mentions (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    repository_id  text NOT NULL,
    pr_number      integer NOT NULL,
    key            text NOT NULL,
    found_in       text NOT NULL CHECK (found_in IN ('title', 'branch', 'commit')),
    PRIMARY KEY (tenant_id, integration_id, repository_id, pr_number, key),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX key_mentions_key ON key_mentions (tenant_id, key);

DROP TABLE entity_columns;
