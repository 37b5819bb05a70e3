-- +goose Up
-- Every official message; at once the message centre and the outbox of mail. mail_at and sent_at are of the machine clock.
CREATE TABLE notices (
    id VARCHAR(64) NOT NULL,
    number VARCHAR(16) NOT NULL,
    party VARCHAR(260) NOT NULL,
    kind VARCHAR(48) NOT NULL,
    claim_id VARCHAR(64) NULL,
    claim_number VARCHAR(16) NULL,
    order_number VARCHAR(128) NULL,
    args MEDIUMTEXT NOT NULL,
    locale VARCHAR(16) NOT NULL,
    listed TINYINT(1) NOT NULL,
    created_at BIGINT NOT NULL,
    read_at BIGINT NULL,
    mail_state VARCHAR(12) NOT NULL,
    mail_at BIGINT NOT NULL,
    mail_tries BIGINT NOT NULL,
    mail_error VARCHAR(500) NULL,
    subject VARCHAR(300) NULL,
    body MEDIUMTEXT NULL,
    sent_at BIGINT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY notices_number_key (number),
    KEY notices_party_created_at_id_idx (party, created_at, id),
    KEY notices_mail_state_mail_at_id_idx (mail_state, mail_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
