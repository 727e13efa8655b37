-- How often a person was changed: the ETag that If-Match must name.
ALTER TABLE people ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
