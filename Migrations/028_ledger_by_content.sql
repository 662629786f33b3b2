-- No index leads with the tenant: one of whom the statistics know nothing is expected to have one row, so that any statement that names
-- him would read all of his ledger by it, once a batch. By content, the text's digest alone finds the few rows that there are.

DROP INDEX qdrant_vectors_content;
CREATE INDEX qdrant_vectors_content ON qdrant_vectors (content_hash, tenant_id);
