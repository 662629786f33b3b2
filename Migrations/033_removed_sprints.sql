-- Sprints and boards that Jira no longer has stay as tombstones, as entities do: what was fetched before does not bring them back.
ALTER TABLE sprints
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE boards
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
