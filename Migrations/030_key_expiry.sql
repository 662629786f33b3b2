-- Until when a key opens, so that who remembers it for a moment does not remember it for longer; NULL where it has no end.
CREATE FUNCTION key_expires_at(p_digest bytea) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT expires_at FROM api_keys WHERE digest = p_digest
    UNION ALL
    SELECT expires_at FROM installation_keys WHERE digest = p_digest
    LIMIT 1
$$;
REVOKE ALL ON FUNCTION key_expires_at(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION key_expires_at(bytea) TO pulse_app;
