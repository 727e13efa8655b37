-- Retries whose clock was set back are looked for twice a second. Without this among all jobs that are for later.
CREATE INDEX jobs_misdated ON jobs (updated_at) WHERE state = 'ready' AND due = 0 AND error_code IS NOT NULL;
