-- +goose Up
-- Until when a case rests with the member of staff who has it, and why. Lists of work leave it out until then.
ALTER TABLE claims ADD COLUMN hold_until BIGINT NULL;
ALTER TABLE claims ADD COLUMN hold_reason MEDIUMTEXT NULL;
