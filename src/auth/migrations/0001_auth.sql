-- Workspaces, their people, where these are signed in, keys, invites, the audit log and idempotency marks.
-- Secrets (sessions, tokens, keys, invite codes) are kept as SHA-256, passwords as Argon2id.

CREATE TABLE workspaces (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    is_default    BIGINT NOT NULL, -- 1 for the one made at the first start
    created_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX workspaces_default ON workspaces (is_default) WHERE is_default = 1;

-- A removed person stays as the one who did things, without name to sign in with or password.
CREATE TABLE people (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    name          TEXT NOT NULL,
    name_key      TEXT,             -- the name in ASCII lower case; NULL when removed, so that the name is free
    role          TEXT NOT NULL,
    password_hash TEXT,
    created_at    BIGINT NOT NULL,
    removed_at    BIGINT
);
CREATE UNIQUE INDEX people_by_name ON people (name_key);
CREATE INDEX people_by_workspace ON people (workspace_id, id);

CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    person_id     TEXT NOT NULL REFERENCES people (id),
    kind          TEXT NOT NULL,    -- browser: secret_hash is its cookie's; program: see tokens
    secret_hash   TEXT,
    device        TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL, -- to the minute
    expires_at    BIGINT NOT NULL, -- moves with last_seen_at, up to a limit after created_at
    revoked_at    BIGINT
);
CREATE UNIQUE INDEX sessions_by_secret ON sessions (secret_hash);
CREATE INDEX sessions_by_person ON sessions (person_id, id);

CREATE TABLE tokens (
    hash          TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,    -- access or refresh
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT            -- of a refresh token: it is good once
);
CREATE INDEX tokens_by_session ON tokens (session_id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE TABLE api_keys (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    maker_id      TEXT REFERENCES people (id), -- NULL: made on the command line
    made_by       TEXT NOT NULL,
    name          TEXT NOT NULL,
    scopes        TEXT NOT NULL,    -- JSON
    secret_hash   TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT,
    revoked_at    BIGINT
);
CREATE UNIQUE INDEX api_keys_by_secret ON api_keys (secret_hash);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

CREATE TABLE invites (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    maker_id      TEXT REFERENCES people (id),
    made_by       TEXT NOT NULL,
    role          TEXT NOT NULL,
    code_hash     TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT,
    revoked_at    BIGINT
);
CREATE UNIQUE INDEX invites_by_code ON invites (code_hash);
CREATE INDEX invites_by_workspace ON invites (workspace_id, id);

CREATE TABLE audit (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    at            BIGINT NOT NULL,
    actor         TEXT NOT NULL,
    person_id     TEXT,
    credential    TEXT NOT NULL,
    action        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    detail        TEXT NOT NULL,    -- JSON
    request_id    TEXT NOT NULL
);
CREATE INDEX audit_by_workspace ON audit (workspace_id, id);
CREATE INDEX audit_by_subject ON audit (workspace_id, subject, id);

CREATE TABLE idempotency (
    workspace_id  TEXT NOT NULL,
    actor         TEXT NOT NULL,    -- the person, or the key
    key_hash      TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,    -- SHA-256 of what was asked
    boot          TEXT NOT NULL,    -- of the process that runs it
    status        BIGINT,          -- NULL while it runs
    headers       TEXT,             -- JSON
    body          TEXT,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, actor, key_hash)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
