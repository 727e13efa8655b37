-- As 0004_likeness.sql, in PostgreSQL's words.
CREATE TABLE listing_pairs (
    workspace_id  TEXT NOT NULL,
    earlier_id    TEXT NOT NULL REFERENCES listings (id),
    later_id      TEXT NOT NULL REFERENCES listings (id),
    alike         TEXT,             -- how it was told; NULL: nothing tells it now
    score         DOUBLE PRECISION NOT NULL,
    different_by  TEXT,             -- who said that they are different things: kept, whatever is drafted again
    different_at  BIGINT,
    PRIMARY KEY (earlier_id, later_id)
);
CREATE INDEX listing_pairs_by_later ON listing_pairs (later_id);

ALTER TABLE listings ADD COLUMN remembered BIGINT NOT NULL DEFAULT 0;
CREATE INDEX listings_not_remembered ON listings (workspace_id, id) WHERE remembered = 0 AND drafted_with <> '';
