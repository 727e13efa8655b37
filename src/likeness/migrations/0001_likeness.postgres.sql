-- As 0001_likeness.sql, in PostgreSQL's words.

CREATE TABLE likeness_rows (
    key           BIGINT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    space         TEXT NOT NULL,
    version       TEXT NOT NULL,    -- of the model
    subject       TEXT NOT NULL,    -- the listing
    photo         TEXT NOT NULL,
    part          BIGINT NOT NULL,  -- of the photo; 0 is all of it
    width         BIGINT NOT NULL,
    perceptual_hash BIGINT
);
CREATE INDEX likeness_rows_by_subject ON likeness_rows (workspace_id, subject);
CREATE INDEX likeness_rows_of_space ON likeness_rows (workspace_id, space, version);

CREATE TABLE likeness_vectors (
    key           BIGINT PRIMARY KEY REFERENCES likeness_rows (key) ON DELETE CASCADE,
    vector        BYTEA NOT NULL    -- float32, little-endian
);

CREATE TABLE likeness_subjects (
    workspace_id  TEXT NOT NULL,
    subject       TEXT NOT NULL,
    version       TEXT,             -- of the model; NULL once removed
    sequence      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, subject)
);
CREATE INDEX likeness_subjects_changed ON likeness_subjects (workspace_id, sequence);

CREATE TABLE likeness_heads (
    workspace_id  TEXT PRIMARY KEY,
    sequence      BIGINT NOT NULL
);
