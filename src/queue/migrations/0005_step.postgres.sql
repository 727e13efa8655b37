-- What the workers of a process ask at one moment, in one journey: these jobs are done, give us up to so many others.
-- lease.cpp does the same by single statements on a file.
--
-- Answers `done` with a job that is now (one that has another fence is not), `taken` with a job that is leased, and, when
-- there were fewer than asked for, `next` with the time of the first that is for later. `came_due`: how many jobs did.
--
-- Which jobs are next: of the highest priority; of kinds with the same, that whose job is older; and of a kind's jobs the
-- oldest of each workspace in turn, in the order of their ids and after the one in `served`. `turn`: who was served last.
--
-- A plan is made when a connection is new, perhaps for an empty table, and kept for a full one. So every look below can
-- be made by one index alone: nothing else gives the order of (-priority, workspace_id, id), and ids are unique.
DROP INDEX jobs_turn;
CREATE INDEX jobs_turn ON jobs (kind, (-priority), workspace_id, id) WHERE state = 'ready' AND due = 1;

CREATE FUNCTION queue_step(done TEXT[], fences BIGINT[], results TEXT[], kinds TEXT[], served TEXT[], most BIGINT,
                           owner TEXT, until BIGINT, at_time BIGINT)
RETURNS TABLE (what TEXT, id TEXT, workspace_id TEXT, kind TEXT, payload TEXT, fence BIGINT, attempts BIGINT,
               request_id TEXT, not_before BIGINT, came_due BIGINT, turn TEXT)
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
#variable_conflict use_column
DECLARE
    head jobs;
    best jobs;
    best_kind INTEGER;
    spaces TEXT[];
    space TEXT;
    extra BIGINT;
    chosen TEXT[];
BEGIN
    IF cardinality(done) > 0 THEN
        what := 'done';
        FOR id IN
            UPDATE jobs SET state = 'done', result = results[array_position(done, jobs.id)], error_code = NULL, error_message = NULL,
                            lease_owner = NULL, lease_until = NULL, updated_at = at_time
            WHERE jobs.id = ANY (done) AND jobs.fence = fences[array_position(done, jobs.id)] AND lease_owner IS NOT NULL
            RETURNING jobs.id
        LOOP
            RETURN NEXT;
        END LOOP;
    END IF;

    came_due := 0;
    chosen := ARRAY(SELECT jobs.id FROM jobs WHERE state = 'ready' AND due = 0 AND jobs.not_before <= at_time
                    ORDER BY jobs.not_before FOR UPDATE SKIP LOCKED);
    IF cardinality(chosen) > 0 THEN
        UPDATE jobs SET due = 1 WHERE jobs.id = ANY (chosen);
        came_due := cardinality(chosen);
    END IF;

    WHILE most > 0 LOOP
        best := NULL;
        FOR k IN 1 .. cardinality(kinds) LOOP
            -- The highest priority, though its jobs may all be another's by now; in it, whose turn it is; else the first there is.
            SELECT * INTO head FROM jobs WHERE state = 'ready' AND due = 1 AND kind = kinds[k]
            ORDER BY -priority, workspace_id, id LIMIT 1;
            CONTINUE WHEN NOT FOUND;
            SELECT * INTO head FROM jobs
            WHERE state = 'ready' AND due = 1 AND kind = kinds[k]
              AND (-priority, workspace_id) > (-head.priority, served[k]) AND (-priority, workspace_id) < (1 - head.priority, '')
            ORDER BY -priority, workspace_id, id LIMIT 1 FOR UPDATE SKIP LOCKED;
            IF NOT FOUND THEN
                SELECT * INTO head FROM jobs WHERE state = 'ready' AND due = 1 AND kind = kinds[k]
                ORDER BY -priority, workspace_id, id LIMIT 1 FOR UPDATE SKIP LOCKED;
            END IF;
            IF FOUND AND (best.id IS NULL OR head.priority > best.priority OR head.priority = best.priority AND head.id < best.id) THEN
                best := head;
                best_kind := k;
            END IF;
        END LOOP;
        EXIT WHEN best.id IS NULL;

        -- Whose turns these are: that of the best, those after it, and those before it.
        spaces := ARRAY[best.workspace_id];
        FOREACH space IN ARRAY ARRAY[best.workspace_id, ''] LOOP
            WHILE cardinality(spaces) < most LOOP
                SELECT workspace_id INTO space FROM jobs
                WHERE state = 'ready' AND due = 1 AND kind = best.kind
                  AND (-priority, workspace_id) > (-best.priority, space) AND (-priority, workspace_id) < (1 - best.priority, '')
                ORDER BY -priority, workspace_id LIMIT 1;
                EXIT WHEN NOT FOUND OR space = best.workspace_id;
                spaces := spaces || space;
            END LOOP;
        END LOOP;
        extra := most % cardinality(spaces);
        served[best_kind] := spaces[CASE WHEN extra = 0 THEN cardinality(spaces) ELSE extra END];

        chosen := '{}';
        FOR i IN 1 .. cardinality(spaces) LOOP
            chosen := chosen || ARRAY(
                SELECT id FROM jobs
                WHERE state = 'ready' AND due = 1 AND kind = best.kind
                  AND (-priority, workspace_id) >= (-best.priority, spaces[i]) AND (-priority, workspace_id) <= (-best.priority, spaces[i])
                ORDER BY -priority, workspace_id, id
                LIMIT most / cardinality(spaces) + CASE WHEN i <= extra THEN 1 ELSE 0 END
                FOR UPDATE SKIP LOCKED);
        END LOOP;
        RETURN QUERY
            UPDATE jobs SET state = 'running', fence = jobs.fence + 1, attempts = jobs.attempts + 1, lease_owner = owner,
                            lease_until = until, updated_at = at_time
            WHERE jobs.id = ANY (chosen)
            RETURNING 'taken', jobs.id, jobs.workspace_id, jobs.kind, jobs.payload, jobs.fence, jobs.attempts, jobs.request_id,
                      jobs.not_before, came_due, served[best_kind];
        EXIT WHEN cardinality(chosen) = 0;
        most := most - cardinality(chosen);
    END LOOP;

    IF most > 0 THEN
        SELECT * INTO head FROM jobs WHERE state = 'ready' AND due = 0 ORDER BY not_before LIMIT 1;
        RETURN QUERY VALUES ('next', NULL, NULL, NULL, NULL, NULL::BIGINT, NULL::BIGINT, NULL, head.not_before, came_due, NULL);
    END IF;
END $$;
