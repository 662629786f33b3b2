-- Functions that are made anew lose this, and must be given it again.
-- The queue grows from nothing to millions within minutes. A session keeps the plan of a statement that it has run a few times, and
-- one that was made while the table was small reads all of it; the statistics that would replace it come minutes later.
ALTER FUNCTION claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[]) SET enable_seqscan = off;
ALTER FUNCTION renew_vectorization(uuid, interval) SET enable_seqscan = off;
ALTER FUNCTION next_vectorization() SET enable_seqscan = off;
