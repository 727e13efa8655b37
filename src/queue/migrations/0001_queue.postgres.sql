-- As 0001_queue.sql, in PostgreSQL's words. lease_until counts on the clock of the host that lease_owner names; what
-- another host makes of it is said in owner.hpp. Rows of jobs change often and stay short: room for that on every page.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,                -- UUIDv7: in order of creation
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead')),
    due BIGINT NOT NULL,                -- of a ready job: 0 while not_before is ahead
    priority BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    attempts_max BIGINT NOT NULL,
    fence BIGINT NOT NULL,              -- one more with every lease
    lease_owner TEXT,
    lease_until BIGINT,
    token TEXT,
    payload TEXT NOT NULL,
    result TEXT,
    error_code TEXT,
    error_message TEXT,
    request_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE UNIQUE INDEX jobs_token ON jobs (workspace_id, kind, token) WHERE token IS NOT NULL;
CREATE INDEX jobs_due ON jobs (kind, priority DESC, id) WHERE state = 'ready' AND due = 1;
CREATE INDEX jobs_later ON jobs (not_before) WHERE state = 'ready' AND due = 0;
CREATE INDEX jobs_running ON jobs (kind) WHERE state = 'running';
CREATE INDEX jobs_dead ON jobs (workspace_id, id) WHERE state = 'dead';
CREATE INDEX jobs_page ON jobs (workspace_id, id);

-- The event log, and up to where each workspace's has been cut off. An id is never given twice. Ids become visible in
-- their order, because who appends holds a lock until it has committed (events.cpp).
CREATE TABLE events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX events_page ON events (workspace_id, id);
CREATE TABLE event_horizons (
    workspace_id TEXT PRIMARY KEY,
    id BIGINT NOT NULL                  -- events up to this one are gone
);
