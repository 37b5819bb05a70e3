-- +goose Up
-- Every official message; at once the message centre and the outbox of mail. mail_at and sent_at are of the machine clock.
CREATE TABLE notices (
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    party TEXT NOT NULL,
    kind TEXT NOT NULL,
    claim_id TEXT NULL,
    claim_number TEXT NULL,
    order_number TEXT NULL,
    args TEXT NOT NULL,
    locale TEXT NOT NULL,
    listed INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    read_at INTEGER NULL,
    mail_state TEXT NOT NULL,
    mail_at INTEGER NOT NULL,
    mail_tries INTEGER NOT NULL,
    mail_error TEXT NULL,
    subject TEXT NULL,
    body TEXT NULL,
    sent_at INTEGER NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX notices_number_key ON notices (number);
CREATE INDEX notices_party_created_at_id_idx ON notices (party, created_at, id);
CREATE INDEX notices_mail_state_mail_at_id_idx ON notices (mail_state, mail_at, id);
