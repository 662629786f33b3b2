-- Deliveries are claimed so that one source that keeps silent, or one that sends thousands, holds up nobody else's.

ALTER TABLE webhook_deliveries
    -- Until then a worker has it in hand; it renews it while it works. NULL where none has.
    ADD COLUMN lease_until timestamptz,
    -- When what the delivery shows by itself was written; since then it waits only for its source to be asked.
    ADD COLUMN shown_at    timestamptz;

-- The oldest of each integration, and whether one of it is in hand.
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (tenant_id, integration_id, available_at, id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (tenant_id, integration_id, lease_until) WHERE lease_until IS NOT NULL;

-- Deliveries that wait, as ids only: at most p_each of an integration, the oldest, so that of all integrations the first come first;
-- none of an integration of which some are in hand, so that they are read in their order; none where an emergency stop holds.
-- The older form of this function goes on serving processes of the former release: what it claims is out of reach here as well.
CREATE FUNCTION claim_webhooks(p_limit integer, p_lease interval, p_each integer, p_except uuid[])
RETURNS TABLE (tenant_id uuid, integration_id uuid, id bigint, attempts integer, is_shown boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- One claim after the other, for the milliseconds that it takes: two at once would both find an integration free.
    PERFORM pg_advisory_xact_lock(hashtextextended('claim_webhooks', 0));
    RETURN QUERY
    UPDATE webhook_deliveries d
    SET available_at = now() + p_lease, lease_until = now() + p_lease, attempts = d.attempts + 1
    FROM (
        SELECT w.id
        FROM integrations i
        JOIN tenants t ON t.id = i.tenant_id AND t.active
        CROSS JOIN LATERAL (
            SELECT q.id, q.available_at, row_number() OVER (ORDER BY q.available_at, q.id) AS turn
            FROM webhook_deliveries q
            WHERE q.tenant_id = i.tenant_id AND q.integration_id = i.id AND q.status = 'pending' AND q.available_at <= now()
            ORDER BY q.available_at, q.id
            LIMIT p_each
        ) w
        WHERE i.active AND NOT i.id = ANY (p_except)
          AND NOT EXISTS (SELECT FROM orchestrator_state h WHERE h.tenant_id = i.tenant_id)
          AND NOT EXISTS (
              SELECT FROM webhook_deliveries h
              WHERE h.tenant_id = i.tenant_id AND h.integration_id = i.id AND h.status = 'pending' AND h.lease_until > now()
          )
        ORDER BY w.turn, w.available_at, w.id
        LIMIT p_limit
    ) c
    -- A process of the former release may have taken it since.
    WHERE d.id = c.id AND d.status = 'pending' AND d.available_at <= now()
    RETURNING d.tenant_id, d.integration_id, d.id, d.attempts, d.shown_at IS NOT NULL;
END
$$;

REVOKE ALL ON FUNCTION claim_webhooks(integer, interval, integer, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_webhooks(integer, interval, integer, uuid[]) TO pulse_app;
