-- As provider_budget, and held until the transaction ends: for who was always slower than others. No row, no hold.
CREATE FUNCTION hold_provider_budget(p_account bytea) RETURNS TABLE (version bigint, state text, at double precision)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM provider_budgets b WHERE b.account = p_account FOR UPDATE;
    -- A statement of its own: what the last holder wrote is seen, and the time is that of the hold.
    RETURN QUERY SELECT * FROM provider_budget(p_account);
END
$$;

REVOKE ALL ON FUNCTION hold_provider_budget(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_provider_budget(bytea) TO pulse_app;
