-- People ask which jobs wait and which run. Without this the answer is looked for among all that are done.
CREATE INDEX jobs_open ON jobs (workspace_id, id) WHERE state IN ('ready', 'running');
