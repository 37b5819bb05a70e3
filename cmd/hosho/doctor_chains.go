package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"hosho/models"
)

// chainsTime is for comparing checkpoints, unless all are asked for. It ends a little before
// the check itself does.
const chainsTime = checkTime - time.Second

// checkChains compares the checkpoints in the store of evidence with the database, the newest
// first, as far as the time goes.
func checkChains(ctx context.Context, c config, thorough bool) (string, error) {
	ring, err := readSealKeys(c.Keys)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if ring.current.IsZero() {
		return "no checkpoint before the first start", nil
	}
	evidence, err := openEvidence(ctx, c, models.Keys{})
	if err != nil {
		return "", err
	}
	store, err := models.Open(ctx, models.Config{
		Database: c.Database, Zone: c.Zone, Sandbox: c.Sandbox, Log: slog.New(slog.DiscardHandler),
		Blobs: blobs{evidence}, Keys: models.Keys{Seal: ring.current, Retired: ring.retired},
	})
	if err != nil {
		return "", err
	}
	defer store.Close()
	limited := ctx
	if !thorough {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, chainsTime)
		defer cancel()
	}
	log, err := store.VerifyAudit(limited)
	if err != nil {
		return "", err
	}
	r, err := store.CheckCheckpoints(limited)
	if err != nil {
		return "", err
	}
	if log.Fault != "" {
		r.Faults = append([]string{log.Fault}, r.Faults...)
	}
	if len(r.Faults) > 0 {
		return "", errors.New(strings.Join(r.Faults, "; "))
	}
	audit := fmt.Sprintf("; %d entries of the audit log are whole", log.Entries)
	if !log.All {
		audit += ", later ones were not looked at"
	}
	if r.Compared == 0 && r.All {
		return "no checkpoint yet; serve makes one every hour" + audit, nil
	}
	words := fmt.Sprintf("%d checkpoints with %d heads of chains fit the database, %s to %s", r.Compared, r.Heads, r.From.Time().Format(time.RFC3339), r.To.Time().Format(time.RFC3339))
	if !r.All {
		words += "; older ones were not looked at, --thorough does"
	}
	return words + audit, nil
}
