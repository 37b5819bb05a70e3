package models

import (
	"context"
	"fmt"
)

// Durability is what the database promises about a transaction it has acknowledged.
type Durability struct {
	Settings string // for people: the engine, its version and what decides
	Safe     bool   // a power cut loses nothing that was acknowledged
}

// Durability reads the settings that decide whether an acknowledged change survives a power
// cut. The server's are the operator's to change; SQLite's are set by this program.
func (s *Store) Durability(ctx context.Context) (Durability, error) {
	var d Durability
	if s.engine == sqliteEngine {
		var version, journal string
		var level int
		for query, to := range map[string]any{"SELECT sqlite_version()": &version, "PRAGMA journal_mode": &journal, "PRAGMA synchronous": &level} {
			if err := s.write.WithContext(ctx).Raw(query).Scan(to).Error; err != nil {
				return d, fmt.Errorf("read database settings: %w", err)
			}
		}
		const full = 2
		d.Safe = journal == "wal" && level >= full
		d.Settings = fmt.Sprintf("SQLite %s, journal_mode=%s, synchronous=%d", version, journal, level)
		return d, nil
	}
	var row struct {
		Version    string
		Flush      int
		SyncBinlog int
		LogBin     bool
	}
	if err := s.db(ctx).Raw(`SELECT @@version AS version, @@innodb_flush_log_at_trx_commit AS flush, @@sync_binlog AS sync_binlog, @@log_bin AS log_bin`).Scan(&row).Error; err != nil {
		return d, fmt.Errorf("read database settings: %w", err)
	}
	d.Safe = row.Flush == 1 && (!row.LogBin || row.SyncBinlog == 1)
	d.Settings = fmt.Sprintf("%s, innodb_flush_log_at_trx_commit=%d", row.Version, row.Flush)
	if row.LogBin {
		d.Settings += fmt.Sprintf(", sync_binlog=%d", row.SyncBinlog)
	}
	return d, nil
}

// DatabaseClock is what the database server's clock shows; SQLite has the machine's.
func (s *Store) DatabaseClock(ctx context.Context) (Instant, error) {
	if s.engine == sqliteEngine {
		return s.MachineNow(), nil
	}
	var us int64
	if err := s.db(ctx).Raw("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)").Scan(&us).Error; err != nil {
		return 0, fmt.Errorf("read the database's clock: %w", err)
	}
	return Instant(us), nil
}
