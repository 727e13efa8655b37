-- Where a listing will be sold, and the version of the rules that made its remarks.

ALTER TABLE listings ADD COLUMN market TEXT NOT NULL DEFAULT 'vinted';
ALTER TABLE listings ADD COLUMN rules_version INTEGER NOT NULL DEFAULT 0;
