-- As 0001_findings.sql, in PostgreSQL's words.

CREATE TABLE findings (
    workspace_id  TEXT NOT NULL,
    photo_id      TEXT NOT NULL,
    task          TEXT NOT NULL,
    version       TEXT NOT NULL,    -- of the model, its preprocessing and the task's code
    value         TEXT,             -- JSON; NULL when the value is a vector
    vector        BYTEA,            -- float32, little-endian
    found_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, photo_id, task)
);
