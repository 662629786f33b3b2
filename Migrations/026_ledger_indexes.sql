-- A new tenant, or a new space, is unknown to the planner's statistics until the next ANALYZE. It then expects one row of it, takes
-- any index that leads with what it knows nothing of, and reads all that tenant's ledger for each text: 700 ms a batch after 10,000
-- rows. So only one index leads with the tenant, and it goes on with the text.

DROP INDEX qdrant_vectors_content;
CREATE INDEX qdrant_vectors_content ON qdrant_vectors (tenant_id, content_hash);

DROP INDEX qdrant_vectors_table;
CREATE INDEX qdrant_vectors_table ON qdrant_vectors (table_name, tenant_id, entity);
