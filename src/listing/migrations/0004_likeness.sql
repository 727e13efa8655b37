-- Pairs of listings that seem to show one thing, and what a person says of them.
CREATE TABLE listing_pairs (
    workspace_id  TEXT NOT NULL,
    earlier_id    TEXT NOT NULL REFERENCES listings (id),
    later_id      TEXT NOT NULL REFERENCES listings (id),
    alike         TEXT,             -- how it was told; NULL: nothing tells it now
    score         REAL NOT NULL,
    different_by  TEXT,             -- who said that they are different things: kept, whatever is drafted again
    different_at  INTEGER,
    PRIMARY KEY (earlier_id, later_id)
);
CREATE INDEX listing_pairs_by_later ON listing_pairs (later_id);

-- Whether the photos' embeddings were put into likeness. Drafts of before have them as findings only.
ALTER TABLE listings ADD COLUMN remembered INTEGER NOT NULL DEFAULT 0;
CREATE INDEX listings_not_remembered ON listings (workspace_id, id) WHERE remembered = 0 AND drafted_with <> '';
