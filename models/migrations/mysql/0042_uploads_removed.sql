-- +goose Up
-- When the bytes of a file left under the retention rule (the clock of the rules), and when a file that waits for its safety check is looked at next (machine clock).
ALTER TABLE uploads
    ADD COLUMN removed_at BIGINT NULL,
    ADD COLUMN scan_at BIGINT NULL,
    ADD COLUMN scan_tries BIGINT NOT NULL DEFAULT 0,
    ADD KEY uploads_scan_at_id_idx (scan_at, id);
