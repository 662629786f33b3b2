-- How the texts of a live space were cut when its ledger was last known to follow, so that a provider whose file is edited, or that
-- takes over from another, has what it cuts otherwise queued once, by whichever process comes first. NULL where nobody has looked.
ALTER TABLE tenant_spaces
    ADD COLUMN cutting     text,
    ADD COLUMN recutter    uuid,
    ADD COLUMN recut_until timestamptz;
