-- +goose Up
-- Why a lead keeps the files of a claim beyond the retention rule, since when.
ALTER TABLE claims ADD COLUMN legal_hold MEDIUMTEXT NULL;
