-- The service works as pulse_app, which owns nothing and is bound by every row-level policy.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pulse_app') THEN
        CREATE ROLE pulse_app NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'pulse_app', 'MEMBER') THEN
        EXECUTE format('GRANT pulse_app TO %I', current_user);
    END IF;
EXCEPTION
    -- Another database of the same server is being migrated at this moment.
    WHEN unique_violation OR duplicate_object THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO pulse_app;

CREATE TABLE tenants (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id  uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    email      text NOT NULL,
    name       text,
    role       text NOT NULL DEFAULT 'viewer' CHECK (role IN ('viewer', 'operator', 'administrator')),
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, email)
);

-- Only the digest of a key is kept; the prefix lets a person tell keys apart.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id    uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    name         text NOT NULL,
    prefix       text NOT NULL,
    digest       bytea NOT NULL UNIQUE,
    role         text NOT NULL DEFAULT 'administrator' CHECK (role IN ('viewer', 'operator', 'administrator')),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE integrations (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id     uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('github', 'jira')),
    name          text NOT NULL,
    base_url      text NOT NULL,
    -- As the file says it: secrets stand here by reference (env:NAME) only.
    configuration jsonb NOT NULL,
    active        boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name),
    -- What the rows below refer to, so that none can name another tenant's integration.
    UNIQUE (tenant_id, id)
);

-- Which vector space a tenant writes and searches.
CREATE TABLE tenant_spaces (
    tenant_id  uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    space      text NOT NULL,
    provider   text NOT NULL,
    collection text NOT NULL,
    state      text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, space)
);
CREATE UNIQUE INDEX tenant_spaces_one_live ON tenant_spaces (tenant_id) WHERE state = 'live';
