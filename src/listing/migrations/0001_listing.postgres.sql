-- As 0001_listing.sql, in PostgreSQL's words.

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
    version       BIGINT NOT NULL,
    created_by    TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX listings_by_state ON listings (workspace_id, state, id);
CREATE INDEX listings_by_photos ON listings (workspace_id, photos_key);

CREATE TABLE photos (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    listing_id    TEXT NOT NULL REFERENCES listings (id),
    position      BIGINT NOT NULL,  -- 0 is the primary photo
    sha256        TEXT NOT NULL,
    format        TEXT NOT NULL,
    width         BIGINT NOT NULL,
    height        BIGINT NOT NULL,
    bytes         BIGINT NOT NULL,
    file_name     TEXT NOT NULL,
    perceptual_hash BIGINT,         -- known once it has been decoded
    created_at    BIGINT NOT NULL
);
CREATE INDEX photos_by_listing ON photos (listing_id, position);
CREATE INDEX photos_by_hash ON photos (workspace_id, sha256);

-- Every correction ever made, with the machine's value beside it: what learning will read.
CREATE TABLE corrections (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    listing_id    TEXT NOT NULL,
    field         TEXT NOT NULL,
    machine_value TEXT,             -- JSON
    person_value  TEXT,             -- JSON; NULL gives the field back to the machine
    person        TEXT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX corrections_by_listing ON corrections (workspace_id, listing_id);

-- Searched as SQLite's FTS5 does with unicode61: case and accents do not count, and what is no letter or digit parts
-- words. Accents: letters are taken apart (NFKD) and their marks dropped.
CREATE FUNCTION listing_search_text(words TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(normalize(lower(words), NFKD), '[\u0300-\u036f]', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+', ' ', 'g');
CREATE TABLE listing_words (
    listing_id    TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    words         TEXT NOT NULL,
    found         TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, listing_search_text(words))) STORED
);
CREATE INDEX listing_words_found ON listing_words USING gin (found);
