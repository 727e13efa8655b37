-- Embeddings, and what changed since when.

-- Written once, removed, never changed: the index trusts that a key's vector is what it was. `key` is made by chance, so that a
-- database that was restored from an older copy gives no key again that an index file knows.
CREATE TABLE likeness_rows (
    key           INTEGER PRIMARY KEY,
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

-- Apart, because all rows are read at a start and no vectors are where a snapshot has them.
CREATE TABLE likeness_vectors (
    key           INTEGER PRIMARY KEY REFERENCES likeness_rows (key) ON DELETE CASCADE,
    vector        BLOB NOT NULL     -- float32, little-endian
);

-- Every subject that was ever put, with the sequence of its last change: a process that knows all up to some sequence reads
-- those after it.
CREATE TABLE likeness_subjects (
    workspace_id  TEXT NOT NULL,
    subject       TEXT NOT NULL,
    version       TEXT,             -- of the model; NULL once removed
    sequence      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, subject)
);
CREATE INDEX likeness_subjects_changed ON likeness_subjects (workspace_id, sequence);

-- The last sequence given. Who counts it up holds it until the COMMIT, so sequences are committed in their order.
CREATE TABLE likeness_heads (
    workspace_id  TEXT PRIMARY KEY,
    sequence      BIGINT NOT NULL
);
