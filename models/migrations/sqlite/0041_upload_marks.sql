-- +goose Up
-- Marks by which the same file, or nearly the same picture, is found: one of its SHA-256, four of its difference hash.
CREATE TABLE upload_marks (
    mark INTEGER NOT NULL,
    upload_id TEXT NOT NULL,
    dhash INTEGER NOT NULL,
    PRIMARY KEY (mark, upload_id)
) WITHOUT ROWID;
CREATE INDEX upload_marks_upload_id_idx ON upload_marks (upload_id);
