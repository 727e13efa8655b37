-- Listings, their photos, what people corrected, and the words to search them by.

CREATE TABLE listings (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    state         TEXT NOT NULL,
    state_before  TEXT,             -- of a trashed listing: where restore brings it back
    language      TEXT NOT NULL,
    machine       TEXT NOT NULL,    -- JSON: the fields as the machine found them
    person        TEXT NOT NULL,    -- JSON: the corrections in force
    product       TEXT NOT NULL,    -- name of a grocery product, for the texts; empty for everything else
    facts         TEXT NOT NULL,    -- JSON: what the rules need to know of each photo
    remarks       TEXT NOT NULL,    -- JSON: what the rules say
    problem       TEXT,
    category      TEXT,             -- the fields in force, copied for filters
    brand         TEXT,
    missing       TEXT NOT NULL,    -- names of empty fields, ",brand,size,"
    photos_key    TEXT NOT NULL,    -- SHA-256 of the sorted photo hashes: finds the earlier listing of a repeat
    duplicate_of  TEXT,
    job_id        TEXT,
    version       INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);
CREATE INDEX listings_by_state ON listings (workspace_id, state, id);
CREATE INDEX listings_by_photos ON listings (workspace_id, photos_key);

CREATE TABLE photos (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    listing_id    TEXT NOT NULL REFERENCES listings (id),
    position      INTEGER NOT NULL, -- 0 is the primary photo
    sha256        TEXT NOT NULL,
    format        TEXT NOT NULL,
    width         INTEGER NOT NULL,
    height        INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    file_name     TEXT NOT NULL,
    perceptual_hash INTEGER,        -- known once it has been decoded
    created_at    INTEGER NOT NULL
);
CREATE INDEX photos_by_listing ON photos (listing_id, position);
CREATE INDEX photos_by_hash ON photos (workspace_id, sha256);

-- Every correction ever made, with the machine's value beside it: what learning will read.
CREATE TABLE corrections (
    id            INTEGER PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    listing_id    TEXT NOT NULL,
    field         TEXT NOT NULL,
    machine_value TEXT,             -- JSON
    person_value  TEXT,             -- JSON; NULL gives the field back to the machine
    person        TEXT NOT NULL,
    at            INTEGER NOT NULL
);
CREATE INDEX corrections_by_listing ON corrections (workspace_id, listing_id);

CREATE VIRTUAL TABLE listing_words USING fts5 (listing_id UNINDEXED, workspace_id UNINDEXED, words, tokenize = 'unicode61 remove_diacritics 2');
