-- +goose Up
-- Whether the store is told, or being told, to keep a file for a legal hold, and when it is told next what became of one (machine clock).
ALTER TABLE uploads ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN lock_at INTEGER NULL;
ALTER TABLE uploads ADD COLUMN lock_tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX uploads_lock_at_id_idx ON uploads (lock_at, id);
UPDATE uploads SET lock_at = created_at WHERE id IN (SELECT a.upload_id FROM claims c JOIN attachments a ON a.subject_id = c.id WHERE c.legal_hold IS NOT NULL);
