-- What a draft was made with: the versions of the labels and of every model, as JSON. Empty: made before this was kept.
ALTER TABLE listings ADD COLUMN drafted_with TEXT NOT NULL DEFAULT '';
