-- +goose Up
-- What staff, admins and operators did outside the cases, one hash chain. Personal words stand in texts; data holds their salted digests.
CREATE TABLE IF NOT EXISTS audit_entries (
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_role VARCHAR(16) NOT NULL,
    actor_id VARCHAR(64) NOT NULL,
    type VARCHAR(64) NOT NULL,
    target_kind VARCHAR(32) NOT NULL,
    target_id VARCHAR(255) NOT NULL,
    data MEDIUMTEXT NOT NULL,
    texts MEDIUMTEXT NULL,
    prev_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (seq),
    KEY audit_entries_at_idx (at, seq),
    KEY audit_entries_actor_id_at_idx (actor_id, at, seq),
    KEY audit_entries_type_at_idx (type, at, seq),
    KEY audit_entries_target_id_at_idx (target_id, at, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- How far the chain has come: who adds to it takes this row first.
CREATE TABLE IF NOT EXISTS audit_heads (
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
