CREATE TABLE repositories (
    LIKE entity_columns INCLUDING DEFAULTS,
    name            text NOT NULL,
    full_name       text NOT NULL,
    description     text,
    url             text,
    is_private      boolean NOT NULL DEFAULT false,
    archived        boolean NOT NULL DEFAULT false,
    language        text,
    default_branch  text,
    topics          text[] NOT NULL DEFAULT '{}',
    repo_created_at timestamptz,
    repo_updated_at timestamptz,
    pushed_at       timestamptz,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX repositories_full_name ON repositories (tenant_id, lower(full_name));

-- A pull request is (repository, number) to its children, whatever the repository is called today.
CREATE TABLE prs (
    LIKE entity_columns INCLUDING DEFAULTS,
    repository_id        text NOT NULL,
    repository           text NOT NULL,
    number               integer NOT NULL,
    title                text NOT NULL,
    body                 text,
    author               text,
    state                text NOT NULL CHECK (state IN ('open', 'closed', 'merged')),
    is_draft             boolean NOT NULL DEFAULT false,
    source_branch        text,
    target_branch        text,
    head_sha             text,
    merge_commit_sha     text,
    url                  text,
    merged_by            text,
    labels               text[] NOT NULL DEFAULT '{}',
    requested_reviewers  text[] NOT NULL DEFAULT '{}',
    commit_count         integer,
    additions            integer,
    deletions            integer,
    changed_files        integer,
    comment_count        integer,
    review_comment_count integer,
    pr_created_at        timestamptz NOT NULL,
    pr_updated_at        timestamptz NOT NULL,
    closed_at            timestamptz,
    merged_at            timestamptz,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX prs_number ON prs (tenant_id, integration_id, repository_id, number);
CREATE INDEX prs_reference ON prs (tenant_id, lower(repository), number);

CREATE TABLE prs_commits (
    LIKE entity_columns INCLUDING DEFAULTS,
    repository_id   text NOT NULL,
    pr_number       integer NOT NULL,
    sha             text NOT NULL,
    message         text NOT NULL,
    author_login    text,
    author_name     text,
    author_email    text,
    authored_date   timestamptz,
    committer_name  text,
    committer_email text,
    committed_date  timestamptz,
    url             text,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX prs_commits_pr ON prs_commits (tenant_id, integration_id, repository_id, pr_number);

CREATE TABLE prs_reviews (
    LIKE entity_columns INCLUDING DEFAULTS,
    repository_id text NOT NULL,
    pr_number     integer NOT NULL,
    author_login  text,
    state         text NOT NULL,
    body          text,
    submitted_at  timestamptz,
    url           text,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX prs_reviews_pr ON prs_reviews (tenant_id, integration_id, repository_id, pr_number);

CREATE TABLE prs_comments (
    LIKE entity_columns INCLUDING DEFAULTS,
    repository_id     text NOT NULL,
    pr_number         integer NOT NULL,
    comment_type      text NOT NULL CHECK (comment_type IN ('issue', 'review')),
    author_login      text,
    body              text NOT NULL,
    path              text,
    line              integer,
    position          integer,
    in_reply_to       text,
    url               text,
    created_at_github timestamptz,
    updated_at_github timestamptz,
    PRIMARY KEY (entity),
    UNIQUE (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX prs_comments_pr ON prs_comments (tenant_id, integration_id, repository_id, pr_number);

CREATE TABLE releases (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    stable_id      text NOT NULL,
    repository_id  text NOT NULL,
    tag            text NOT NULL,
    name           text,
    is_prerelease  boolean NOT NULL DEFAULT false,
    published_at   timestamptz,
    fetched_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE deployments (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    stable_id      text NOT NULL,
    repository_id  text NOT NULL,
    environment    text NOT NULL,
    sha            text NOT NULL,
    state          text,
    deployed_at    timestamptz,
    finished_at    timestamptz,
    fetched_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
