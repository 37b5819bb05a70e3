package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hosho/models"
)

// The doctor tells a portal whose checkpoints fit its database from one whose do not.
func TestDoctorComparesCheckpoints(t *testing.T) {
	env := serveEnv(t)
	says(t, call(t, env, "doctor").want(t, exitOK).stdout, "ok      chains    no checkpoint before the first start")
	var c config
	var wrong problems
	databaseFlags{Database: strings.TrimPrefix(env[0], "HOSHO_DATABASE=")}.check(&c, &wrong, defaultZone)
	serverFlags{Evidence: strings.TrimPrefix(env[1], "HOSHO_EVIDENCE="), Keys: strings.TrimPrefix(env[2], "HOSHO_KEYS=")}.check(&c, &wrong)
	keys, err := openKeys(c.Keys)
	if err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "doctor").want(t, exitOK).stdout, "no checkpoint yet", "seals with "+keys.Seal.Public().Fingerprint())
	evidence, err := openEvidence(t.Context(), c, models.Keys{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(t.Context(), models.Config{Database: c.Database, Zone: c.Zone, Keys: keys, Blobs: blobs{evidence}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for range 2 { // the second finds nothing to do
		if _, err := store.MakeCheckpoint(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
	}
	if said := call(t, env, "doctor").want(t, exitOK).stdout; strings.Contains(said, "--thorough does") {
		t.Errorf("the one there is was not looked at:\n%s", said)
	} else {
		says(t, said, "ok      chains    1 checkpoints with 0 heads")
	}
	// What the old key signed fits after a rotation, and is a stranger's where that is forgotten.
	call(t, nil, "keys", "rotate", "--keys", c.Keys).want(t, exitOK)
	says(t, call(t, env, "doctor", "--thorough").want(t, exitOK).stdout, "ok      chains    1 checkpoints", "1 retired")
	if err := os.Remove(filepath.Join(c.Keys, "seal-0001.pub")); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "doctor").want(t, exitFailed).stdout, "FAILED  chains", "signed by another key")
	var folder string
	if err := filepath.WalkDir(strings.TrimPrefix(c.Evidence, "file:"), func(path string, _ os.DirEntry, err error) error {
		if filepath.Base(path) == "checkpoints" {
			folder = path
		}
		return err
	}); err != nil || folder == "" {
		t.Fatalf("no checkpoints: %v", err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "doctor").want(t, exitFailed).stdout, "FAILED  chains", "open checkpoint 1")
}
