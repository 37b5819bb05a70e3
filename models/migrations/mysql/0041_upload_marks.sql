-- +goose Up
-- Marks by which the same file, or nearly the same picture, is found: one of its SHA-256, four of its difference hash.
CREATE TABLE upload_marks (
    mark BIGINT NOT NULL,
    upload_id VARCHAR(64) NOT NULL,
    dhash BIGINT NOT NULL,
    PRIMARY KEY (mark, upload_id),
    KEY upload_marks_upload_id_idx (upload_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
