-- As 0002_markets.sql, in PostgreSQL's words.

ALTER TABLE listings ADD COLUMN market TEXT NOT NULL DEFAULT 'vinted';
ALTER TABLE listings ADD COLUMN rules_version BIGINT NOT NULL DEFAULT 0;
