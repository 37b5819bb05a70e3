-- +goose Up
-- A file given as evidence on a claim, a message or an outside contact.
CREATE TABLE attachments (
    subject_id TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    by_role TEXT NOT NULL,
    account_id TEXT NOT NULL,
    late INTEGER NOT NULL,
    admitted INTEGER NOT NULL,
    note TEXT NULL,
    attached_at INTEGER NOT NULL,
    PRIMARY KEY (subject_id, upload_id)
) WITHOUT ROWID;
CREATE INDEX attachments_upload_id_idx ON attachments (upload_id);
