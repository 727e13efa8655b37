-- What the models found, one row a photo and task. A task whose model or code has another version is computed anew and
-- takes the row's place.

CREATE TABLE findings (
    workspace_id  TEXT NOT NULL,
    photo_id      TEXT NOT NULL,
    task          TEXT NOT NULL,
    version       TEXT NOT NULL,    -- of the model, its preprocessing and the task's code
    value         TEXT,             -- JSON; NULL when the value is a vector
    vector        BLOB,             -- float32, little-endian
    found_at      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, photo_id, task)
);
