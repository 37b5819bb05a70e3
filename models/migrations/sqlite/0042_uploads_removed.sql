-- +goose Up
-- When the bytes of a file left under the retention rule (the clock of the rules), and when a file that waits for its safety check is looked at next (machine clock).
ALTER TABLE uploads ADD COLUMN removed_at INTEGER NULL;
ALTER TABLE uploads ADD COLUMN scan_at INTEGER NULL;
ALTER TABLE uploads ADD COLUMN scan_tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX uploads_scan_at_id_idx ON uploads (scan_at, id);
