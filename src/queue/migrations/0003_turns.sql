-- Workspaces take turns: among jobs of a kind and a priority, those of the next workspace are looked for.
DROP INDEX jobs_due;
CREATE INDEX jobs_turn ON jobs (kind, priority DESC, workspace_id, id) WHERE state = 'ready' AND due = 1;
