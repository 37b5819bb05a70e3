package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hosho/models"
	"hosho/models/seal"
)

func TestReplicasThatStartTogetherAgreeOnKeys(t *testing.T) {
	for range 20 {
		dir := filepath.Join(t.TempDir(), "keys")
		got := make([]models.Keys, 8)
		errs := make([]error, len(got))
		var group sync.WaitGroup
		for i := range got {
			group.Go(func() { got[i], errs[i] = openKeys(dir) })
		}
		group.Wait()
		for i := range got {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			if !bytes.Equal(got[i].Sign, got[0].Sign) || !bytes.Equal(got[i].Encrypt, got[0].Encrypt) || got[i].Seal.Public() != got[0].Seal.Public() {
				t.Fatal("two replicas have different keys")
			}
		}
		if bytes.Equal(got[0].Sign, got[0].Encrypt) || len(got[0].Sign) != keySize || len(got[0].Encrypt) != keySize {
			t.Fatalf("keys of %d and %d bytes", len(got[0].Sign), len(got[0].Encrypt))
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 3 {
			t.Fatalf("%d files are left, %v", len(entries), err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s may be read by others: %v", e.Name(), info.Mode())
			}
		}
	}
}

func TestACutKeyIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, signKey), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openKeys(dir); err == nil || !strings.Contains(err.Error(), "5 bytes") {
		t.Errorf("a cut key was taken: %v", err)
	}
}

func TestRotatedKeysStayKnown(t *testing.T) {
	dir := t.TempDir()
	if _, err := rotateSealKey(dir); err == nil {
		t.Error("a folder without keys was rotated")
	}
	var signed []seal.PublicKey // the newest first
	for range 3 {
		keys, err := openKeys(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(keys.Retired, signed) || slices.Contains(signed, keys.Seal.Public()) {
			t.Fatalf("%v and before it %v", keys.Seal.Public(), keys.Retired)
		}
		signed = slices.Insert(signed, 0, keys.Seal.Public())
		if _, err := rotateSealKey(dir); err != nil {
			t.Fatal(err)
		}
	}
	// Only the key that signs now is still a secret.
	secrets, err := filepath.Glob(filepath.Join(dir, "seal-*.key"))
	if err != nil || len(secrets) != 1 || filepath.Base(secrets[0]) != "seal-0004.key" {
		t.Errorf("%v, %v", secrets, err)
	}
	out, stderr := new(bytes.Buffer), new(bytes.Buffer)
	if code := run(t.Context(), []string{"keys", "list", "--keys", dir}, nil, nil, out, stderr); code != exitOK {
		t.Fatalf("%d: %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "signs ") || lines[1] != "retired   "+signed[0].Fingerprint() {
		t.Errorf("%s", out)
	}
	// A rotation that broke off before the old secret was gone changes nothing of this.
	if err := os.WriteFile(filepath.Join(dir, "seal-0003.key"), make([]byte, keySize), 0o600); err != nil {
		t.Fatal(err)
	}
	if keys, err := openKeys(dir); err != nil || keys.Seal.Public().Fingerprint() != strings.Fields(lines[0])[1] {
		t.Errorf("%v, %v", keys.Seal.Public(), err)
	}
}

func TestOneServerAFile(t *testing.T) {
	database := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	unlock, err := lockSQLite(database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockSQLite(database); err == nil || !strings.Contains(err.Error(), "one replica") {
		t.Errorf("a second server was let in: %v", err)
	}
	unlock()
	again, err := lockSQLite(database)
	if err != nil {
		t.Fatalf("the lock outlived its server: %v", err)
	}
	again()
	if _, err := lockSQLite("mysql://h/n"); err != nil {
		t.Errorf("mysql needs no lock: %v", err)
	}
}
