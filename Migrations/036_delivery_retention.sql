-- Deliveries are forgotten by their age, a tenant at a time, every quarter of an hour.
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (tenant_id, received_at);
